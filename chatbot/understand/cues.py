# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Words that say how a mention is meant: wanted, liked, refused, seen, taken back. Data, in order.

A cue covers characters of the lowered text. Where two cues overlap, the one listed first wins, so
idioms ("can't go wrong with", "nothing but") stand before the words they contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal[
    "want",
    "like",
    "similar",
    "dislike",
    "hate",
    "no",
    "except",
    "only",
    "hedge",
    "seen",
    "unseen",
    "allow",
    "forget",
    "good",
    "bad",
    "tonight",
    "ask",
    "soft",  # "not too …", "less": a limit on degree, not on kind
    "skip",  # covers words that would mislead
]


@dataclass(frozen=True, slots=True)
class Cue:
    """`post` cues speak of what stands before them ("… is fine", 「……看过了」)."""

    kind: Kind
    start: int
    end: int
    post: bool = False


_PERSON = r"(?:i|we|you|they|he|she|who|my \w+|wife|husband|kids?|son|daughter|everyone|people)"
_ADVERB = (
    r"(?:really |also |just |absolutely |always |do |did |used to |usually |especially |generally |"
    r"truly |kind of |kinda |sort of |mostly |particularly |actually |still |totally |quite |both |"
    r"all |mainly |rather |so |definitely |simply |only |tend to |have |have always |'ve |'ve always |too )*"
)
_FAIRLY = r"(?:too|so|very|that|really|overly|super|as|all that|terribly|particularly|especially|extremely)"

ENGLISH: tuple[tuple[Kind, bool, str], ...] = (
    ("skip", False, r"\b(?:would|do) you (?:like|mind|want|prefer)\b|\bif you (?:like|want|please)\b|\bno problem\b|"
     r"\bno worries\b|\bnot (?:bad|only|just|sure|yet)\b|\bwhy not\b|\bno (?:matter|doubt|idea|rush|wonder)\b|"
     r"\bi don't (?:know|think so|remember|watch (?:many|much|a lot))\b|\b(?:looks?|sounds?|seems?|felt|feels|looked|sounded|seemed) like\b|"
     r"\byes or no\b|\bor not\b|\bi'm not sure\b|\bno thanks?\b(?! you)|\bno,? thank you\b|\bnot at all\b|\bno preference\b|"
     r"\bwould(?:n't| not) (?:say|call)\b|\blike (?:i|you) said\b|\bas long as\b|\bi know\b"),
    ("allow", False, r"\b(?:i |we )?(?:don't|do not|wouldn't|would not|won't) mind (?:if (?:it's|it is|they're|there's) |having |watching |seeing |some |a |any )*|"
     r"\b(?:i'm |i am |we're )?(?:ok|okay|fine|good|cool|happy|comfortable|alright) with\b|\b(?:i'm |i am |we're )?(?:also |still |now )?open to\b|"
     r"\byou can (?:include|add|show|bring back)\b|\bbring back\b|\b(?:go ahead and )?(?:include|add back|allow)\b|\bdon't (?:exclude|avoid|skip)\b|"
     r"\bi changed my mind (?:about|on)\b|\bi take back\b"),
    ("only", False, r"\bnothing but\b|\bnothing except\b|\bonly\b|\bstrictly\b|\bhas to (?:be|have)\b|(?<!n't )(?<!not )\bhave to be\b|\bmust (?:be|have)\b|"
     r"\bneeds? to be\b|\bexclusively\b|\bjust\b(?= (?:give|show|recommend))|\bit should be\b"),
    ("hate", False, r"\bhates?\b|\bhated\b|\b(?:can't|cannot|cant|couldn't) (?:stand|bear|take|tolerate|handle|deal with)\b|\bdespis\w+\b|\bdetest\w*\b|\bloath\w+\b|\babhor\w*\b|\bdreads?\b|\bcan not stand\b|\bscared of\b|\bafraid of\b|\bpet peeve\b"),
    ("dislike", False, rf"\b(?:don't|doesn't|didn't|do not|does not|did not|dont|didnt|doesnt|never|wouldn't|not) {_ADVERB}(?:like|love|enjoy|enjoyed|liked|care for|care about|watch|dig|get into|into|enjoying|go for|feel like|fancy|want to watch|want to see|loved)\b|"
     rf"\b(?:not|isn't|aren't|wasn't|never|not been|no) {_ADVERB}(?:too |so |very |that |much |much of |such |a |an |big |huge |great |the |biggest |real )*(?:fans?|into|fond|keen|crazy|wild|interested|enjoyable|enthusiastic|feeling)\b(?: of| on| about| in)?|"
     r"\bdislik\w+\b|\bfalls? asleep (?:in|during|with|at)\b(?: anything)?|\b(?:tired|sick|bored|weary) of\b|\b(?:had|have had|'ve had) enough (?:of)?\b|\brather not\b|\bnot for me\b|\bnot my (?:thing|cup of tea|favou?rite|style|type|jam|favou?rites)\b|\bleast favou?rite\b|\bturned off by\b|\bprefer not\b|\bburn(?:ed|t) out on\b|\b(?:another|more) [\w -]{3,20} (?:movie|film)s?,? (?:great|just what i needed|how original|yay)\b|\b(?:oh )?(?:great|wow|yay|lovely),? (?:yet )?another\b|\bjust what i (?:needed|wanted),? (?:yet )?another\b|\bas if (?:i|we) (?:needed|need) (?:yet )?another\b|\byet another\b"),
    ("soft", False, rf"\b(?:not|nothing|isn't|aren't|without being|don't want (?:anything|it|something)|don't make it|no|don't want it to be|doesn't get|never) {_FAIRLY}\b|\bless\b|\bnot (?:a )?(?:lot|much|many) of\b|\bnot (?:a lot|much)\b|\bnot overly\b|\btoo (?:much|many)\b|\bas little\b|\btoned? down\b|\bgo easy on\b|\blight on\b|\blow on\b|\btoo\b"),
    ("no", False, r"\banything (?:but|except|other than)\b|\beverything (?:but|except)\b|\ball (?:but|except)\b|\bnothing\b(?: (?:with|that is|that's|from|about|by|like|in)\b)?|"
     r"\bwithout(?: any| having)?\b|\bavoid(?:ing)?\b|\bexcept(?: for)?\b|\bexclud(?:e|ing)\b|\b(?:don't|do not|dont) (?:want|need|show|give|recommend|suggest|include)(?: to (?:watch|see))?(?: me)?(?: any(?:thing)?| another)?\b|"
     r"\bnot in the mood for\b|\bnot looking for\b|\bnot? (?:want|feeling)\b|\bno more\b|\bnever\b(?! (?:seen|watched|heard|saw|mind))|\bskip (?:the|any|all)\b|"
     r"\b(?:other|rather) than\b|\bapart from\b|\baside from\b|\bbesides\b|\b(?:isn't|aren't|is not|are not|it's not|that's not|not be|isnt|not have(?! to)|doesn't have(?! to)|don't have(?! to)|doesn't involve|not involve|shouldn't be|can't be|cannot be|mustn't be)\b|\bminus\b|\bkeep (?:it )?away from\b|\bstay away from\b|\bunless\b|\bleave out\b|\bno\b(?! one\b)|\bnor\b|\bneither\b|\bnot\b|\bnon\b"),
    ("unseen", False, r"\b(?:haven't|have not|hasn't|havent|didn't|did not|never|not) (?:yet |actually |even |really |ever )?(?:seen|watched|see|watch|saw|heard of)\b|\bhave(?:n't)? you (?:ever |already )?(?:seen|watched)\b|\bdid you (?:see|watch)\b|\bhave yet to (?:see|watch)\b"),
    ("seen", False, rf"\b(?:i|we) (?:already|both) know\b|\b(?:already|just|recently|previously|have|'ve|has|last) (?:already |just |both |all |also |recently |actually |only )*(?:seen|saw|watched|been watching|finished|rewatched)\b|\b{_PERSON} (?:just |also |already |recently |both |all |actually |finally |once |last )*(?:seen|saw|watched|rewatched)\b|^\s*(?:seen|watched|saw)\b|\b(?:last|previous) (?:movie|film|one|thing) (?:i|we) (?:saw|watched|seen|went to see)\b(?: was| is)?"),
    ("forget", False, r"\bforget(?: about)?(?: the)?\b|\bnever ?mind(?: about)?(?: the)?\b|\bdrop (?:the|that)\b|\bignore (?:the|my|that)\b|\bremove (?:the|that)\b|\b(?:doesn't|does not|don't|do not|needn't|need not) (?:have|need) to (?:be|have|star)\b|\bno need (?:for|to be)\b|\bno longer (?:need|want|care about)\b|\bany (?=\w+ (?:is|would be|will) )|\bdon't (?:really )?(?:care|worry) about\b|\binstead of\b|\blift the\b|\bundo\b|\btake (?:off|away) the\b"),
    ("tonight", False, r"\b(?:tonight|tonite|2nite)\b|\bthis (?:evening|time|afternoon|weekend)\b|\btoday\b|\bright now\b|\bfor now\b|\bat the moment\b|\bjust this once\b"),
    ("want", False, rf"\b(?:would|'d|d) {_ADVERB}(?:like|love|prefer|enjoy|want|rather)\b(?: to)?(?: (?:watch|see))?|\bwould be (?:nice|great|good)\b|\bfeel(?:ing)? like\b|\bwants?\b(?: to)?(?: (?:watch|see))?|\bwanna\b(?: (?:watch|see))?|\bwanted\b|\bneeds?\b|\bi'm after\b|\b(?:what|anything|something) else\b|\bother (?:films|movies|books|works)\b|\b(?:look|hunt|search)(?:ing|in)? for\b|\b(?:in (?:the|a)|got the) mood (?:for|to)\b|\bcraving\b|\bfancy\b|\brecommend\w*\b|\brecomend\w*\b|\breccomend\w*\b|\bsuggest\w*\b|\b(?:show|give|find|get|hit|pick) (?:me|us)\b|\bgot any\b|\b(?:do you have|have you got|are there|is there|any good(?= \w)|know (?:of )?any)\b|\bhow about\b|\bwhat about\b|\blet'?s (?:try|watch|see|go (?:with|for)|do|make)\b|\bplease\b|\bprefer\b|\bi'll (?:take|go)\b|\bgo (?:with|for)\b|\b(?:something|sth|smth|smt|sumthin|somethin)(?! else)\b|\bmake it\b|\bcan i (?:get|have|see)\b|\btry\b|\b(?:best|good|top|great) (?=\w+ (?:movies|films|ones))|\banything\b|\binterested in\b|\bas long as it(?:'s| is)\b|\bplan(?:ning)? (?:to|on) (?:see|watch|seeing|watching)\b"),
    ("like", False, rf"\b{_PERSON}(?:'ve|'d)? {_ADVERB}(?:like|love|enjoy|adore|dig|prefer|liked|loved|enjoyed|adored|likes|loves|enjoys|adores)\b(?: to watch| watching)?|\b(?:big |huge |massive |such a |a )*(?:fans?|sucker|lover) (?:of|for)\b|\b(?:i'm|i am|we're|been|really|she's|he's|also|am|was|is|very|get|got) (?:really |very |also |more |so |big |totally |always )*(?:into|obsessed with|fond of|keen on|partial to|crazy about)\b|\bfavou?rites?\b(?: (?:movies?|films?|actors?|actress(?:es)?|directors?|genres?|one|ones|of all time))?(?: (?:is|are|was|would be|include|has to be|have to be))?|\b(?:adore|loved|enjoyed|liked|lov(?:e|ing)|enjoy(?:ing)?)\b(?! story| stories| triangle)|\bhooked on\b|\bmy (?:thing|jam|type) is\b|\b(?:usually|mostly|generally|normally|always|often|mainly) (?:watch|go for|like|prefer|enjoy|read|watching|pick|choose)\b|\btend to (?:watch|like|enjoy|prefer|go for)\b|\bgrew up (?:watching|on|with)\b|\bmore of an?\b|\bi prefer\b|\bi watch (?:a lot of|lots of|many)\b|\bsuch as\b|\bsuch a fan\b|\bfan of\b"),
    ("similar", False, r"\b(?:similar|comparable|close|closer|akin) (?:to|in style to|in tone to)?|\balong the lines of\b|\bin the (?:style|vein|spirit|same vein|same spirit) (?:of|as)\b|\bsame (?:vibe|feel|style|mood|kind|genre|tone|type|energy) (?:as|of)\b|\b(?:vibe|feel|style|mood|tone) of\b|\breminds? me of\b|\breminiscent of\b|\ba la\b|\blike\b|\bsimilar\b|\binspired by\b|\bvibes? like\b"),
    ("hedge", False, r"\bmaybe\b|\botherwise\b|\bor else\b|\bif not\b|\bperhaps\b|\bpreferably\b|\bideally\b|\ba (?:little|bit|tad|touch)\b|\ba little bit\b|\bsomewhat\b|\bpossibly\b|\bif possible\b|\bslightly\b|\bsort of\b|\bkinda\b|\bkind of\b(?= (?:like|want|into))|\bnot necessarily\b|\bwould be (?:nice|a plus|a bonus)\b|\bbonus (?:if|points)\b|\bmight\b|\bi guess\b|\bsome\b(?= (?:romance|action|humou?r|comedy))"),
    ("ask", False, r"\bwho (?:directed|stars?|starred|is in|was in|plays?|played|made|wrote|'s in)\b|\bwho's in\b|\bhow (?:long|old|scary|violent|expensive|much|good)\b|\btell me (?:more )?about\b|\bwhat(?:'s| is| was) (?:[\w' ]{0,30} )?about\b|\bwhat about\b(?= [^a-z])|\b(?:do|did) you (?:like|know|enjoy|love|recommend)\b|\bhave you heard\b|\bis (?:it|that|this)\b|\bwhen (?:was|did|is)\b|\bwhat year\b|\bmore about\b"),
    ("allow", True, r"\b(?:is|are|was|would be|will be|'s) (?:also |still |totally |perfectly |actually |all |now |just )*(?:fine|ok|okay|alright|all right|allowed|welcome|acceptable|no problem|cool|good too|great too|not a problem)\b(?: too| again| after all| by me| with me)?|\bworks? (?:too|for me|as well)\b|\b(?:fine|ok|okay|alright) too\b|\bafter all\b|\bdoesn't (?:bother|matter)\b(?: me)?|\bdoes not (?:bother|matter)\b"),
    ("seen", True, r"\b(?:seen|watched|saw) (?:it|that|them|those|this)(?: one)?(?: already| before)?\b|\b(?:i've|i have|we've|already|i) (?:already )?(?:seen|watched|saw)(?: that| it)?\b"),
    ("bad", True, r"\b(?:is|was|are|were|'s|seems?|looks?|sounds?|felt|a bit|bit|being|to be|gets?) (?:just |really |a bit |kind of |kinda |pretty |so |very |a little |rather |too |way too |super |totally |incredibly |absolutely )*(?:boring|bad|terrible|awful|horrible|overrated|dull|disappointing|disappointment|meh|lame|stupid|dumb|garbage|trash|rubbish|cringey?|not good|not (?:that|very|so) good|not for me|too (?:long|scary|slow|violent|gory|dark|sad|silly|weird|much)|a waste|a letdown|annoying|tedious|slow|unwatchable|mediocre|not my (?:thing|cup of tea))\b|\b(?:hated|hate|disliked|didn't (?:like|enjoy)|did not (?:like|enjoy)|don't like|can't stand|couldn't (?:stand|finish)) (?:it|that|them|those|this|that one|him|her)\b|\bbored me\b|\b(?:wasn't|weren't|was not|isn't|not) (?:really |that |very |too |all that |overly )?impressed\b|\bdid(?:n't| not) (?:really )?do (?:it|much) for me\b|\bcouldn't get into it\b|\b(?:sucks|sucked|stinks)\b|\b(?:isn't|aren't|is not|are not|not) (?:really |exactly |quite |so much )*(?:for me|my (?:thing|cup of tea|style|type|jam)|appealing)\b|\bleft me cold\b|\bnot a fan\b(?! of)|\bmakes? me (?:sick|anxious|nervous)\b|\bscares? me\b|\bgives? me nightmares\b|\bturns? me off\b|\bis out\b|\bno thanks\b|\bplease no\b|\bhard pass\b|\bpass\b$"),
    ("good", True, r"(?<=\w )fan(?:atic|boy|girl)?s?\b(?! of)|\b(?:is|was|are|were|'s|'re|sounds?|looks?) (?:just |really |pretty |so |very |absolutely |such |a |an |one of |my |always |quite |truly |the |also |all time )*(?:great|amazing|awesome|good|fantastic|brilliant|excellent|masterpiece|favou?rites?|lovely|wonderful|fun|perfect|incredible|beautiful|best|hilarious|superb|cool|interesting|nice|classic|enjoyable|entertaining|solid|phenomenal|gem)\b|\b(?:loved|love|liked|enjoyed|like|enjoy|adore|adored) (?:it|that|them|those|this|that one|him|her)\b|\bblew me away\b|\bstuck with me\b|\brocks?\b|\bchanged my life\b|\bmakes? me happy\b|\b(?:is|are) (?:one of )?my (?:all[- ]time |absolute |personal )?favou?rites?\b"),
)  # fmt: skip

CHINESE: tuple[tuple[Kind, bool, str], ...] = (
    ("skip", False, r"不错|不好意思|不客气|不一样|差不多|没问题|不管|你(?:有没有)?看过|是不是|好不好|要不要|喜不喜欢|可不可以|能不能|不知道|不清楚|什么时候|没有头绪|不如(?=来|看|推荐)|要不(?=来|看|推荐|换)|有没有(?!看)|想不想|不得了|了不起"),
    ("allow", False, r"(?:不介意|不排斥|不反对|可以接受|能接受|能看|可以有|放开)"),
    ("forget", False, r"不用(?:是|有)?(?=[^，。！？,不]{1,12}?(?:演的?|的)?也(?:行|可以|好|没关系|没事))|不限(?:制|于)?|不一定(?:要|非得|得)?是?|不用(?:管|考虑|是|限)|不必(?:是)?|不要求|忘(?:了|掉)|取消|去掉|别管|不用再|先不管|无所谓|算了吧?(?=[^，。,]{0,3}(?:类型|年代|年份|语言|国家|时长|片长|导演|演员))"),
    ("unseen", False, r"(?<!我)(?<!我们)(?:你|有没有)?看过(?=[^，。！!]{1,30}吗)|没(?:有)?(?:怎么)?看过|还没看|没看"),
    ("unseen", False, r"除了(?=[^，。！？]{1,16}(?:以外|之外|外)?[，,]?(?:其他|别的|其它)?的?我?(?:都|全|全都)(?:看过|看完|刷过|看了))"),
    ("seen", False, r"(?:我们?)?(?:刚|已经|都|全|全都|早就|以前|之前|昨天|最近|上次|前几天|曾经)*(?:看过|看完|看了|刷过|二刷过?|重温)(?:了)?"),
    ("dislike", False, r"(?:不|没)(?:太|怎么|是很|大|那么|是特别|特别|很)*(?:喜欢|爱看|爱|想看|感兴趣|感冒|中意|偏好|待见)|没(?:什么|啥|有)?兴趣|看腻|腻了|看够|够了|不想再看|提不起兴趣|欣赏不来|审美疲劳|无感"),
    ("soft", False, r"(?:不要|(?<!特)(?<!级)别|不|不能|不想|不想要|不会|别给我|不想看)(?:那么|这么|太过?于?|过于|过分|很|特别|怎么)|没(?:有)?那么|少一?点(?:儿)?|太(?!精彩|好|棒|感人|搞笑|燃|爽|赞|美|经典|治愈|温馨|浪漫|甜|可爱|逗|有趣|喜欢|爱|感谢)|过于"),
    ("hate", False, r"讨厌|受不了|受不住|最烦|很烦|烦死|厌恶|反感|痛恨|憎恨|恨|怕看|害怕|不敢看|忍不了|雷(?=[^神雨霆锋])|拒绝"),
    ("only", False, r"只(?:想)?(?:看|要|想要|接受|能|限)|必须(?:是|要|得)?|一定(?:要|得)(?:是)?|仅限?|非要|务必|得是"),
    ("except", False, r"除了|除去|除开|除"),
    ("no", False, r"不想(?:要|看|再看)?|不要(?:再)?(?:有|是|看|推荐|给我)?|不看|不吃|不去|(?<!特)(?<!级)别(?:再)?(?:给我)?(?:推荐|来|有|是|看|放)?(?!的|人|致)|不能(?:有|是|太)?|不含|不带|不可以有|避开|避免|排除|跳过|没有|并非|而非|不许|不(?:是)?|勿"),
    ("tonight", False, r"今晚|今天(?:晚上)?|今夜|这次|现在|这会儿|眼下|周末|这周末"),
    ("similar", False, r"类似于?(?!的)|相似(?!的)|(?:像|跟|和|与)(?=[^，。！？,]{1,24}?(?:这样|那样|这种|那种|一样|似的|差不多|类似|这类|那类|风格|相似|同类|同款|之类))|像|风格|好比|参考"),
    ("like", False, r"(?:平时|通常|一般|经常|总是)(?:比较|都|会|就)*(?:喜欢)?(?:看|爱看)|(?:很|挺|特别|最|超|非常|比较|一直|都|也|更|还是|可|蛮|真的?)*(?:喜欢|爱看|热爱|钟爱|偏爱|钟情|痴迷|迷上?|感兴趣|着迷|欣赏|超爱|最爱|爱(?!情|丽|尔|德|的|心|恋))(?:看)?|(?:的)?(?:忠实)?粉丝|影迷"),
    ("hedge", False, r"最好|否则|不然的话|要不然|尽量|也许|可能|稍微|稍稍|有点儿?|一点儿?(?!也不)|如果(?:有|可以|能)的?话?|或许|偏(?=[\u4e00-\u9fff])|比较|略"),
    ("want", False, r"想(?:要)?(?:看|找|来|听|读|吃|去|学|买)?(?:看)?|要看|我要|要(?:一|几|部|个|点|些)?|找|求(?:推荐)?|推荐|来(?:点|些|几|一|部|个|段)|给我|有没有|有什么|有哪些|有啥|看看|安排|需要|换成|换(?:点|个|些)?|改(?:成|看)|看(?:点|些|部|个|一)|适合|希望|打算看|准备看|盼|还有(?:什么|哪些|别的|其他|没有)|其他的?(?=电影|片|作品)|别的(?=电影|片|作品)"),
    ("ask", False, r"讲(?:的)?(?:是)?(?:什么|啥)|谁(?:导演|演|拍|主演)|(?:导演|主演|演员)(?:是|都?有)?谁|多长|几分钟|多久|哪一?年|什么时候|吓人吗|好看吗|介绍一下|说说|讲讲|怎么样"),
    ("allow", True, r"(?:也|都|还|其实|就|现在)*(?:可以|行|没问题|没关系|能接受|无所谓|没事|不介意|OK|ok|欢迎|能看)(?:的|了|啊|吧|啦)*"),
    ("forget", True, r"(?:就)?(?:不限|不重要|随便|不用管|不要求|忘了吧|忽略|取消|去掉|不用)"),
    ("seen", True, r"(?:我们?)?(?:都|全|全都|早就|已经|早|刚)*(?:看过|看完|看了|刷过|看过了)(?:了)?"),
    ("no", True, r"(?:我)?(?:就|都|之类的?|什么的|的)*(?:不要|算了|免了|不行|别来|除外|以外|之外|不看|不吃|不去|不想看|别推荐|pass|排除|不想要|不考虑|就别)(?:了)?"),
    ("dislike", True, r"(?:我|我们|就|都|之类的?|倒是|这种|什么的|这类|的)*(?:不太?喜欢|不怎么喜欢|不感兴趣|没兴趣|不爱看|不太想看|看腻了|腻了|无感|不太行|不是很喜欢|一般般?|没感觉)(?:了)?"),
    ("hate", True, r"(?:我|我们|真的?|就|都|之类的?)*(?:受不了|太?讨厌|最讨厌|很讨厌|不敢看|怕)(?:了)?"),
    ("bad", True, r"(?:我)?(?:觉得|感觉)?(?:有点|太|真|好|很|比较|实在|挺|非常|特别)*(?:难看|无聊|烂|差劲|太差|没意思|失望|尴尬|不好看|劝退|闷|没劲|不行|雷人|俗套|沉闷|拖沓|看不下去|吓人了|暴力了)(?:了)?"),
    ("good", True, r"(?:的)?(?:忠实)?(?:粉丝|影迷)|(?:我)?(?:觉得|感觉)?(?:太|真|很|挺|非常|特别|超级?|都|是我的?|还|蛮|也|真的)*(?:好看|很棒|太棒|棒|不错|经典|神作|绝了|精彩|优秀|好|最爱|喜欢|牛|赞|过瘾|爱了|好评)(?:了|的|极了)?"),
)  # fmt: skip


@cache
def _compiled(language: str) -> tuple[tuple[Kind, bool, re.Pattern[str]], ...]:
    table = ENGLISH if language == "en" else CHINESE
    return tuple((kind, post, re.compile(pattern)) for kind, post, pattern in table)


def find(low: str, covered: Iterable[tuple[int, int]] = ()) -> tuple[Cue, ...]:
    """The cues of `low` (see `text.lowered`), by start; none inside `covered` spans.

    Pre and post cues may cover the same words: which one counts depends on where mentions stand.
    """
    blocked = list(covered)
    found: list[Cue] = []
    for language in ("en", "zh") if _HAN.search(low) else ("en",):
        for post in (False, True):
            taken: list[tuple[int, int]] = []
            for kind, is_post, pattern in _compiled(language):
                if is_post != post:
                    continue
                for match in pattern.finditer(low):
                    s, e = match.span()
                    if s == e or any(s < b and a < e for a, b in taken):
                        continue
                    inside = [a for a, b in blocked if s < b and a < e <= b + 1]
                    shorter = pattern.match(low, s, min(inside)) if inside else match
                    if shorter is None or shorter.end() == s:
                        continue
                    e = shorter.end()  # 「不要有风格」: 「不要」 before 「有风格」
                    taken.append((s, e))
                    found.append(Cue(kind, s, e, post))
    return tuple(sorted(found, key=lambda c: (c.start, c.post, c.end)))


_HAN = re.compile(r"[\u3400-\u9fff]")
