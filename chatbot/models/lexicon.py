"""Words that state nothing: what a sentence may say without a fact behind it. Words only.

Kept short on purpose: a word that could tell somebody something about an item (its age, length,
fame, makers, mood, plot, rank) does not belong here.
"""

from __future__ import annotations

import re

GLUE_EN = frozenset(
    """
    a an the this that these those it its it's itself they them their one ones another other others
    i i'd i'll i'm i've me my we our us you your you'd you'll you're yours
    is are was were be been being am 's has have had having do does did done doing
    can could may might must shall should will would let lets let's
    and or but so if then when while as also too both each either all any some such same
    of in on at to for from with within by about into over under after before between through out up
    down off than there here where which who whom whose what why how
    very quite really just simply still even again ever yet now today tonight evening weekend time
    first next then second third last finally
    fit fits fitting suit suits suited match matches matching go goes come comes make makes made
    take takes give gives given get gets keep keeps kept bring brings offer offers
    want wants wanted wish wishes like likes liked love loves loved enjoy enjoys enjoyed prefer
    need needs asked ask asking mention mentioned said say says tell told mean means
    try start starts begin pick picks choice choices choose option options suggestion suggestions
    suggest recommend recommended recommendation recommendations list lists see look looks looking
    watch watching read reading play playing buy buying
    think feel feels sound sounds seem seems hope find found know known
    well good great nice lovely fine solid right sure happy welcome glad please thanks thank
    worth perfect ideal interesting
    mood taste tastes something anything everything thing things kind kinds sort bit way case
    together along instead plus since because therefore thus hence
    set tell tells story feature features include includes including
    film films movie movies item items book books game games course courses product products title
    titles record recorded catalogue
    """.split()
)

LONG = re.compile(r"\b((?:minute|hour|page|week)s?)[ -]long\b", re.IGNORECASE)
"""After a number and its unit "long" adds nothing; elsewhere it is a claim."""

NEGATION_EN = frozenset(
    "no not never none without neither nor nothing cannot hardly less avoid avoids".split()
)

GLUE_ZH = frozenset(
    """
    的 了 是 在 和 与 也 都 就 还 很 而 又 或 或者 及 以及 并 并且 但 但是 不过 所以 因为
    如果 那 那么 这 这个 这些 那个 那些 它 它们 他 她 你 您 我 我们 你们 自己 一 个 一个 一部
    部 本 门 款 首 位 种 类 些 一些 一下 有 会 能 可以 要 想 想要 想看 喜欢 爱 看 看看 读 玩
    听 说 说说 请 让 给 为 为了 对 从 到 由 把 被 用 按 按照 根据 比较 非常 更 适合 合适 符合
    满足 推荐 首推 建议 选择 选 挑 试试 不妨 值得 可能 也许 应该 觉得 希望 知道 告诉 提到 提 来
    去 再 先 然后 最后 第一 第二 第三 首先 其次 其中 同样 一样 一起 同时 另外 此外 之外 而且 里
    里面 中 上 下 时 时候 今晚 今天 现在 这次 心情 口味 要求 条件 东西 电影 片子 影片 片 作品 书
    游戏 课程 商品 选项 名单 列表 目录 好 不错 很好 当然 没问题 谢谢 不客气 欢迎 吧 呢 啊 哦 嘛
    吗 呀 之 其 此 该 每 各 着 过 地 得 等 讲 讲的 讲述 故事 关于 属于 是由 就是 还有 既 且
    将 您的 你的 它的 这部 那部 这本 部分 方面 来说 如下 以下 正是 正好 刚好 年 片长 时长 里头 如何
    为什么 什么 怎样
    """.split()
)

NEGATION_ZH = ("不", "没", "无", "别", "非", "未", "莫", "勿")

COMPARING = re.compile(r"\bthan\b|\bcompared\b|比(?!较|如|喻|赛|利)")

ROLES = {
    "director": re.compile(r"\bdirect\w*|\bfilmmaker|导演|执导"),
    "cast": re.compile(
        r"\bstar(?:s|ring|red)?\b|\bcast\b|\bact(?:s|or|ors|ress|ing|ed)\b|\bplay(?:s|ed)\b|主演|演员|出演|饰"
    ),
    "author": re.compile(r"\bwr(?:ite|ites|itten|iter|ote)\b|\bauthor\w*|作者|编剧|著|写"),
    "music": re.compile(r"\bcompos\w*|\bmusic\b|\bsung\b|\bsinger|作曲|配乐|演唱"),
    "maker": re.compile(
        r"\bbrand\w*|\bmade by\b|\bpublish\w*|\bteacher|\btaught\b|品牌|出版|讲师|主讲"
    ),
}

NUMBERS_EN = {
    word: value
    for value, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve".split(), start=2
    )
} | {"hundred": 100, "thousand": 1000, "million": 1000000, "dozen": 12, "twenty": 20, "thirty": 30}

NUMBERS_ZH = {
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
