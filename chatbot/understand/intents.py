# ruff: noqa: E501  (patterns and word lists read best on one line)
"""The intent of a turn from its words and what was found in it. Rules only; see `classifier`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from chatbot.values import Intent

Put = Callable[[Intent, float], None]
"""Adds an intent with how sure the rule is; the first call for an intent counts."""

_RULES: tuple[tuple[Intent, str], ...] = (
    ("reset", r"\bstart (?:over|again|from scratch|fresh)\b|\bforget (?:everything|all (?:of )?(?:that|this|it)|what i said|it all)\b|^\s*(?:reset|restart|new search)\W*$|\bclear (?:everything|my (?:profile|preferences|history))\b|\bwipe (?:my|the|everything)\b|\bscratch (?:all )?that\b|"
     r"重新(?:开始|来|推荐过)|从头(?:来|开始)|清空|重置|全(?:部|都)?忘(?:了|掉)|都忘(?:了|掉)吧?|重来|忘掉(?:所有|一切|之前|前面)|之前说的都不算|推倒重来"),
    ("handoff", r"\b(?:talk|speak|connect|chat|transfer)\w*(?: me)? (?:to|with) (?:a |an |the |some )?(?:real |live |actual )?(?:human|person|agent|someone|representative|rep|operator|people|manager|support|staff|somebody|employee|customer service)\b|\b(?:human|live) (?:agent|support|being please|please)\b|\breal person\b|\bcustomer (?:service )?representative\b|^\s*(?:agent|human|representative|operator)\W*$|\bis there (?:a|any) (?:human|person|someone)\b|"
     r"人工(?!智能)(?:客服|服务)?|转(?:接)?人工(?!智能)|和真人|真人(?:客服|说话|聊)|找(?:个)?(?:客服|人工)|客服(?:在吗|人员|电话)|和人(?:聊|说)"),
    ("draft", r"\b(?:write|draft|compose|generate|prepare|create)\b.{0,40}\b(?:articles?|posts?|reviews?|blogs?|newsletters?|essays?|scripts?|tweets?|captions?|copy|paragraphs?|introductions?|intros?|columns?|blurbs?|summary|listicles?|press release|email|guide|piece|threads?|text)\b|\b(?:turn|make) (?:it|them|these|those|this|that|the (?:list|first|second|third|last|top)[\w ]{0,16}?) into\b|"
     r"(?:把|将).{1,14}(?:写|做|整理|改写)成|写成一?(?:篇|段|条|份)|"
     r"(?:写|起草|生成|撰写|帮我写|来)(?:一?(?:篇|段|个|条|份))?.{0,24}(?:文章|影评|推文|文案|稿子?|评论|公众号|小红书|博客|微博|简介|推荐语|通讯|专栏|介绍文|帖子|短评|观后感|脚本|导语)"),
    ("support", r"\b(?:refund|return policy|my (?:account|order|subscription|password|payment|invoice|bill|membership|card|delivery|package|booking)|cancel my|log ?in|sign ?in|sign ?up|logged out|password|reset my|delivery|shipping|shipped|charged|payment (?:method|failed)|billing|unsubscribe|track my|where is my|warranty|exchange (?:it|an item)|opening hours|contact (?:you|support)|delete my (?:account|data)|privacy policy|app (?:crash|is crashing|won't)|error message|video won't play|buffering|promo code|coupon|gift card)\b|"
     r"退款|退货|退换|换货|订单|快递|发货|物流|发票|充值|会员(?:怎么|如何|到期|续费|费|取消|自动)|登录不|登不上|密码|账号|账户|扣费|扣款|支付(?:失败|不了|方式)|续费|开通|注销|售后|保修|优惠券|营业时间|播放不了|卡顿|闪退|投诉"),
    ("explain", r"\bwhy is .{1,60} (?:on|in) (?:the|this|your|my|that) list\b|\bwhy (?:did you|do you|are you|this|that|these|those|the (?:first|second|third|last)|is (?:this|that|it)|was|were|are these|recommend|should i|would i|would you|me|it)\b|\bwhy\b\W*$|\bhow come\b|\bexplain (?:why|your|this|that|the|these|yourself)\b|\bwhat (?:would|could|will) change\b|\bwhat made you\b|\breasons? (?:for|behind|why)\b|\bwhat makes you think\b|\bhow did you (?:pick|choose|come up|decide|arrive)\b|\bwhat(?:'s| is) (?:this|that|it) based on\b|\bon what basis\b|\bwhat do you know about me\b|\bwhat have i told you\b|"
     r"为什么(?:推荐|是|会|选|给|这|要|把|不|第)?|为啥|凭什么|什么理由|推荐理由|理由是|依据(?:是)?什么|怎么(?:选|挑)(?:出来)?的|根据什么|怎样才会(?:变|换|改变)|怎么会推荐|原因是"),
    ("compare", r"\bcompar(?:e|ing|ison)\b|\bwhich (?:one |of (?:them|these|those|the two) |film |movie )?(?:is|was|are|has|would be|should|do you) (?:the )?(?:better|longer|shorter|older|newer|funnier|scarier|more|less|best|you)\b|\bdifferences? between\b|\bvs\.?\b|\bversus\b|\b(?:better|longer|shorter|scarier|funnier|older|newer) (?:of the two|, .+ or )|\bhow (?:does|do) .+ (?:compare|differ|stack up)\b|\bor (?:the )?(?:second|third|other|last|latter) (?:one )?\?|\bwhich (?:one )?(?:is|would be) (?:the )?\w+er\b|\bwhich (?:one )?(?:should|do|would)\b|\bwhat(?:'s| is) the difference\b|"
     r"比较一?下|对比|(?:哪|那)(?:一)?(?:部|个|本|家|款)(?:更|比较|好|值得|合适)|有(?:什么|啥)(?:区别|不同|差别)|区别(?:是|在|大)|和.{1,20}(?:哪个|哪部|谁)(?:更|好)|相比(?:怎么样|如何)|(?:里|中)?(?:哪|那)(?:部|个|一部|一个)最|(?:哪|那)(?:部|个)(?:最)?(?:长|短|好看|新|老)|\bwhich (?:one |of (?:them|these|those) |film |movie )?(?:is|was|are) the \w+est\b"),
)  # fmt: skip

_MORE = (
    r"\byou (?:already |just |have already |'ve already )?(?:showed|shown|recommended|suggested|gave) (?:me )?(?:that|this|it|those|these|them)(?: one| ones)?(?: already| before)?\W*$|(?:刚才?|已经|之前|前面)(?:都)?推荐过|^\W*(?:(?:ok|okay|great|thanks|cool|nice|hm+|and|so|yes|please|can you|could you|got|any|show me|give me|i want|do you have|what|are there|some|a few|let me see|see) ?,? ?)*(?:any )?(?:more|others?|another(?: one)?|anything else|something else|what else|next|others? options?|some (?:more|others?)|more (?:options|suggestions|recommendations|like (?:this|these|that|those)|please|of (?:these|those|the same))|different ones|other (?:ones|options|suggestions|ideas|recommendations|films|movies|choices)|a few more|keep going|go on|else)\b(?: (?:please|options|suggestions|recommendations|ones|films|movies|choices|like (?:this|that|these|those)|do you have|you got|you have|have you got|is there|to watch|can you (?:recommend|suggest|show me)|would you (?:recommend|suggest)|suggestions|ideas|of (?:these|those|them)|then|instead|results))*\W*$|"
    r"\b(?:show|give) me (?:some |a few |\w+ )?(?:more|others|another)\b(?! (?:romantic|action))|\b(?:anything|something|what) else\b(?! (?:by|with|from|starring))|\bmore (?:options|suggestions|recommendations|results)\b|\bother (?:options|suggestions|recommendations|ideas)\b|"
    r"换一?(?:批|组|波|换)|再(?:来|推荐|给我|看)(?:几|一些|一|点|些|两|三)?(?:部|个|本|家)?(?!像|.*的)|还有(?:吗|别的|其他|没有|什么|哪些|更多)|其他的?(?:呢|还有)?$|别的(?:呢|吗|有吗)?$|更多|下一(?:批|个|部)|换(?:一)?(?:个|部|些)(?:别的)?$|有没有(?:别的|其他的?)|来点别的|接着推荐|继续"
)
_SKIP = (
    r"^\W*(?:(?:i |it |that |you |oh |well |um |really )*(?:skip(?: (?:it|this|that|the question))?|doesn't matter|don't (?:really )?(?:care|mind)|do not care|no (?:real )?preference|no particular|whatever|either(?: (?:is fine|one|works))?|anything(?: (?:is fine|goes|works|really|you like))?|any(?: is fine| of them| will do)?|up to you|surprise me|your (?:choice|call|pick)|i'm (?:easy|open|not sure)|not sure|no idea|i don't know|dunno|idk|you (?:choose|decide|pick)|not really|pass|all of them|all fine|not picky|nothing in particular|doesn't matter to me|no))\W*(?:to me|really|thanks)?\W*$|\bsurprise me\b|^\W*随便(?:推荐|来|给我|看|挑|选)|惊喜|"
    r"^\W*(?:我)?(?:都)?(?:随便|都(?:可以|行|好)|无所谓|跳过|没(?:什么|有)?(?:特别|偏好|要求)(?:的)?(?:偏好|要求)?|你(?:定|决定|选|看着办|来定)|不知道|不清楚|不确定|看着办|不挑|什么都行|哪个都行|没想好|没想法|说不上来|略过|不想回答|不重要)(?:吧|的|了|啦|就行|都行)?\W*$"
)
_ACCEPT = (
    r"\bi(?:'ll| will)(?: \w+){0,2} (?:watch|take|try|go with|pick|have|check|give|see|choose|read|add|definitely)\b(?! something| anything| a (?!try|shot|go))|\b(?:sounds?|looks?) (?:good|great|perfect|awesome|interesting|fun|amazing|nice|like a (?:plan|good one|winner)|wonderful|lovely|fantastic|excellent|fine)\b|\bperfect\b|\bthat works\b|\b(?:great|good|excellent|nice|wonderful|perfect) (?:choice|pick|suggestion|recommendation|idea|one|call)\b|\blet'?s (?:go with|do|watch|take|try) (?:it|that|this|the)\b|\bi accept\b|\bi(?:'m| am) (?:sold|in(?= *[.!]|$)|going (?:to watch|with)|gonna watch)\b|\b(?:that's|this is|that is|it's) (?:the one|it|perfect|exactly|just what)\b|\bi (?:choose|pick|take)\b|\bsold\b|\bi'd (?:love|like) to (?:watch|see|try|read) (?:it|that|this|the)\b|\bwill (?:watch|check)\b|\bput (?:it|that) on\b|\bi want to (?:watch|see) (?:it|that|this|the (?:first|second|third|last))\b|\badd it\b|"
    r"就(?:它|这|那|看|选|要|第|定)(?:一)?(?:部|个|它|这|那|了|吧|第)|就(?:看|选|要)?(?:第[一二两三四五六七八九十\d]{1,2}|最后一)(?:部|个|本|家|款|门)(?:吧|了|好了)?(?=\W|$)|(?:听起来|看起来|看上去)(?:很|挺|真|还|蛮)?(?:不错|好|有意思|棒|可以)|完美|好(?:的|呀|啊)?(?:，|,)?(?:就)?(?:看|选|要)(?:这|它|第)|不错(?:的)?(?:选择|推荐|建议)|那就(?:看|选|要|它|这)|我(?:去|会|要|这就|想)?看看?(?:这|它)|成交|安排上|(?:就)?决定(?:是|看|选)|正合我意|我(?:就)?选(?:第|这|它)|可以(?:，|,)就|马上去看|收藏了"
)
_REJECT = (
    r"^\W*(?:no|nope|nah|naw)\b(?:\W+(?:thanks?(?: you)?|thank you|not (?:that|those|these|really|for me|interested)|sorry|i don't (?:think so|like (?:it|that|them|those|these|any)))\W*)*$|\bnone of (?:these|those|them|the above|that)\b|\bnot (?:really )?(?:interested|feeling|into|keen on|a fan of)(?: (?:it|that|this|in (?:it|that|this|these|those|any|them)|them|those|these|any of (?:them|these|those)|on (?:it|that|those)))?\W*$|\b(?:don't|do not|didn't) (?:like|want|fancy|enjoy|love) (?:any of )?(?:it|that|them|those|these|this|any|that one|this one|these (?:films|movies|suggestions)|your (?:suggestions|picks))\W*$|\bnot for me\b|\bno thank(?:s| you)\b|\b(?:that|this|it)(?:'s| is) not (?:what|for|really|quite|my)\b|\bnot what i\b|\bhard pass\b|\bi(?:'ll| will) pass\b|\bnot (?:that|this) one\b|\b(?:can|could|can't) you do (?:any )?better\b|^\W*(?:no,? )?the other one\W*$|\b(?:those|these|they|that|this|it) (?:don't|doesn't|do not|does not|didn't) (?:look|sound|seem|appeal|interest|work|do it)\b|\b(?:suggestions?|recommendations?|picks?|choices?) (?:are|were|is) (?:bad|terrible|awful|poor|wrong|rubbish)\b|\b(?:bad|terrible|awful|poor|wrong) (?:suggestions?|recommendations?|picks?|choices?|ideas?|list)\b|\bnot my (?:thing|cup of tea|style|taste)\W*$|\bi'd rather not\b|\bnah\b|"
    r"(?<!心情)(?<!状态)(?<!身体)(?<!天气)(?<!口味)都?不(?:太|是很|怎么)?(?:喜欢|行|要|好|合适|感兴趣|想看|满意|对)(?:这|那|了|啊|呢|吧|它|的)?(?:些|个|几部|部)?(?:电影|片子)?\W*$|没(?:一个|一部|有)(?:喜欢|想看|合适|感兴趣)的|都(?:不|没)(?:喜欢|要|行|想看|感兴趣|兴趣|意思|合适)|不是我(?:想要|要|喜欢|的菜)|换掉|^\W*不(?:是|要)(?:这|那)(?:一)?(?:部|个|种|些|几部)的?\W*$|算了吧?\W*$|没有?一(?:个|部)(?:是)?(?:我)?(?:想看|喜欢)|不合(?:我)?(?:口味|胃口)|推荐得不(?:好|对|行)"
)
_SEEN_ALL = r"\b(?:seen|watched) (?:all of |both of |most of )?(?:it|them|those|these|that|this|both|all)\b|\balready (?:seen|watched)\b|都看过|看过了"
_GREET = r"^\W*(?:hi|hello|hey|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings|yo|sup|hi there|hello there|hey there|what's up|whats up)\b(?:\W+(?:there|everyone|bot|sommelier|again|friend|how are you(?: doing)?(?: today)?|how's it going|hope you're well|all))*\W*$|^\W*(?:你好|您好|嗨|哈喽|哈啰|早上好|下午好|晚上好|在吗|在不在|早|hello|hi)(?:呀|啊|啦|吗|，|,|\s|你好)*\W*$"
_HOW_ARE_YOU = r"^\W*(?:that's|that is|you're|you are|how|so|very|haha|lol) (?:so |really |very |pretty )?(?:funny|cool|nice|great|sweet|cute|hilarious|kind|smart)\W*$|^\W*(?:(?:hi|hello|hey)\W+)?(?:how are you|how's it going|how are things|how do you do|how is your day|how have you been|what's up|who are you|what are you|are you (?:a )?(?:human|robot|bot|real|ai)|what's your name|what is your name|who (?:made|built|created) you|do you like (?:movies|films)|tell me a joke|你(?:是谁|叫什么|是机器人吗|是人吗|多大了)|最近(?:怎么样|好吗)|讲个笑话|吃了吗)\b.*$"
_THANKS = r"\b(?:thanks?|thank you|thx|ty|cheers|much appreciated|appreciate it|thank u|tysm)\b|谢谢|多谢|感谢|谢啦|谢了|谢谢你|辛苦了"
_BYE = r"\b(?:bye|goodbye|good ?night|see you|see ya|farewell|have a (?:good|great|nice) (?:day|one|night|evening|weekend)|talk to you later|ttyl|cya|take care|i'm done|that's all|that is all|i'm leaving|gotta go)\b|再见|拜拜|晚安|回头见|下次聊|先这样|88$|不聊了|我走了"
_HELP = r"^\W*(?:help|how (?:do|does) (?:this|it|you) work|what can (?:you|i) (?:do|ask|say)(?: you)?|what do you do|how (?:can|do|should) i use (?:this|you|it)|instructions|how can you help(?: me)?|what are you able to do|what(?:'s| is) this|what kind of (?:questions|things) can i ask|can you help(?: me)?|what are my options|what should i (?:say|ask|type))\W*$|\bhow does this (?:work|thing work)\b|\bwhat can you do\b|^\W*(?:帮助|怎么用|如何使用|你(?:能|会|可以)(?:做|干|帮)(?:什么|啥|我什么|些什么)|有什么功能|你(?:有)?什么用|使用说明|我(?:该|可以|能)(?:说|问)(?:什么|啥)|你能帮我(?:吗|什么)|怎么玩)"
_JUST_THANKS = r"^\W*(?:(?:ok(?:ay)?|great|perfect|cool|awesome|nice|oh|well|many)[ ,!.]*)*(?:thanks?(?: you)?(?: so much| a lot| a million| very much| again| anyway| for (?:your|the|all your|all the) help)*|thx|ty|cheers|i (?:really |do )?appreciate (?:it|that|your help))\W*$|^\W*(?:好的?[，, ]*)?(?:非常|太|真的?|十分)?(?:谢谢|多谢|感谢|谢啦|谢了)(?:你|您|啦|了|哈|啊)*(?:的?(?:帮助|推荐))?\W*$"
_JUST_BYE = r"^\W*(?:(?:ok(?:ay)?|thanks?(?: you)?|i'm done|that's all(?: for (?:today|now))?|gotta go|well|alright)[ ,!.]*)*(?:bye(?:[ -]bye)?|goodbye|good ?night|see (?:you|ya)(?: later| soon| tomorrow)?|later|take care|talk to you (?:later|soon)|have a (?:good|great|nice|lovely) (?:day|one|night|evening|weekend))\W*$|^\W*(?:先这样吧?[，, ]*)?(?:再见|拜拜|晚安|回头见|下次聊|下次见)(?:啦|了|吧)?\W*$"
_SEEKING = r"\b(?:what(?:'s| is| are)|any|which|where|some|got|know|have|good|best|top|watch|see|find)\b|什么|哪|吗|有|看"
_POINTS = r"\b(?:it|this one|that one)\b|^\W*(?:那|这)?.{0,3}(?:是)?谁(?:演|导|拍|主演)|^\W*(?:多长|讲什么|讲的什么|几分钟)"
_DOMAIN = r"\b(?:movies?|films?|watch|cinema|flicks?|books?|read|shows?|courses?|restaurants?|eat|something|anything)\b|电影|片|看|书|吃|餐"
_TASTE = r"\b(?:like|love|enjoy|prefer|hate|favou?rite|into|fan)\b|喜欢|爱看|讨厌|最爱|偏爱"
_SMALL = r"^\W*(?:how are you|i'm (?:good|fine|well|great|doing well|ok|okay)|i am (?:good|fine|well|great|doing)|lol|haha+|ha|wow|nice|cool|ok(?:ay)?|alright|i see|got it|sure|yes|yeah|yep|yup|hmm+|interesting|really|oh|same here|me too|great|good|awesome|true|right|exactly|very well|not (?:bad|much)|nothing much|you too|of course|(?:真|好|太|挺)?(?:有意思|有趣|厉害|好玩)|哈哈+|嘿嘿|呵呵|嗯+|哦+|好的?|好吧|是的?|对的?|行|可以|知道了|明白了?|原来如此|我很好|还行|还不错|没什么|真的吗|厉害|有意思)\b.{0,40}$"
_ASK = (
    r"\b(?:who (?:directed|stars?|starred|is in|was in|plays?|played|made|wrote|acts?|acted|is the (?:director|star|lead|actor|author)|are the (?:actors|stars)|else is in|'s in)|who's (?:in|the director|the lead|starring)|how (?:long|old|scary|violent|expensive|gory|sad|funny|new|popular)\b(?! (?:have|has|did you))|what(?:'s| is| was|s) (?:it|that|this|the (?:first|second|third|last) one|the (?:plot|story|premise|rating|runtime|length|genre|price|director|cast|language)|.{1,60}? (?:about|rated))|when (?:was|did|is) (?:it|that|this|they)|what year|which year|tell me (?:more |something )?about|more (?:info|information|details)(?: (?:about|on))?|(?:the )?(?:plot|synopsis|storyline|trailer|cast|summary|runtime) (?:of|for)|is (?:it|that|this|the (?:first|second|third|last)(?: one)?) (?:\w+ )*|does (?:it|that|this) (?:have|contain|end|involve|take)|(?:does|is) (?:netflix|hulu|prime|amazon|disney|hbo)\b.{0,20}\b(?:have|it|this|that)|(?:is|are) (?:it|this|that|they) (?:available )?on (?:netflix|hulu|prime|amazon|disney|hbo|streaming)|(?:can|where) (?:can )?i (?:watch|stream|find|see|buy|get) (?:it|that|this)|what genre|what language|are there (?:any )?(?:jump ?scares|gore|sex|nudity|violence)|any (?:gore|jump ?scares|nudity|violence|sex)|what happens|is there (?:a |any )?(?:sequel|gore|violence|nudity|sex|romance|happy ending|subtitles?)|suitable for|appropriate for|do(?:es)? (?:the )?dogs? die|similar (?:to|films to) (?:it|that))|"
    r"讲(?:的)?(?:是)?(?:什么|啥|了什么|了啥)|(?:是)?谁(?:导|演|拍|主演|执导|写)|(?:导演|主演|演员|作者)(?:是|都有|有|都是)?(?:谁|哪些|哪位)|多长(?:时间)?|多少分钟|几(?:个)?小时|几分钟|(?:是)?哪一?年|什么时候(?:上映|拍|出)|(?:恐怖|吓人|好看|血腥|暴力|搞笑|好笑|感人|无聊|长|老|贵|值得看|适合孩子)吗|长不长|好不好看|介绍(?:一下|下)|(?:说说|讲讲|聊聊|了解一下)|(?:剧情|故事|情节|内容|简介)(?:是|怎么|如何|呢|介绍)|评分(?:多少|高吗|怎么样)|怎么样|有多(?:恐怖|吓人|长|暴力|贵)|适合.{1,8}吗|什么(?:类型|语言|题材)的?|哪(?:里|儿)(?:能|可以)?看|是不是|结局|有(?:没有)?(?:续集|血腥|暴力|床戏|裸露)|多少钱|人均(?:是|要|消费|大概)?多少|哪国的?"
)
_WANT_ZH_EN = r"\b(?:recommend|suggest|want|wanna|feel like|craving|looking for|need|show me|find me|give me|mood for|something|anything|any good|got any|how about|what about|what should i|movie night|help me (?:find|choose|pick)|can you (?:find|get)|please)\b|推荐|想看|想要|有没有|有什么|找|来(?:点|些|几|一)|求|给我|看什么|看点|片荒|书荒|来个"
_ASPECTS: tuple[tuple[str, str], ...] = (
    ("cast", r"\bwho (?:stars?|starred|is in|was in|plays?|played|acts?|acted|else is in|'s in)|who's in|\bcast\b|starring|actors?|谁(?:演|主演)|主演|演员"),
    ("director", r"\bwho(?:'s| is| was)? (?:the )?(?:directed|director|made)|directed by|谁(?:导|拍|执导)|导演"),
    ("author", r"\bwho wrote|author|谁写|作者"),
    ("runtime", r"how long|\bon the (?:long|short) side\b|runtime|running time|length|minutes|hours|\bit (?:too |very |really |that |so |quite )*(?:long|short)\b|长吗|长不长|多长|分钟|小时|多久|时长|片长"),
    ("year", r"what year|which year|when (?:was|did)|how old|how new|release|哪一?年|什么时候|上映|几几年"),
    ("scary", r"scary|frightening|creepy|jump ?scares?|terrifying|nightmares|吓人|恐怖|可怕"),
    ("violence", r"violen|gor[ey]|blood|graphic|暴力|血腥|残忍"),
    ("age", r"suitable|appropriate|for (?:my )?(?:kids?|children|\w+[- ]year)|kid friendly|family friendly|适合(?:.{0,6})(?:孩子|小孩|儿童|小朋友|岁)|几岁"),
    ("certificate", r"\brated\b|age rating|certificate|分级"),
    ("language", r"language|subtitle|dubbed|语言|字幕|配音"),
    ("country", r"which country|what country|where is it from|哪(?:国|个国家)"),
    ("genre", r"genre|kind of (?:film|movie|story)|type of|什么(?:类型|题材)|类型"),
    ("price", r"price|cost|expensive|how much|多少钱|人均|价格|贵"),
    ("rating", r"rating|score|how good|any good|\bit (?:really |actually |that )?(?:good|worth|boring|overrated)\b|well reviewed|评分|口碑|好看吗|值得(?:一)?看吗|无聊吗"),
    ("similar", r"similar|alike|like it\b|类似|相似"),
    ("url", r"\b(?:netflix|hulu|prime|amazon|disney|hbo|streaming)\b|where (?:can|do) i (?:watch|stream|buy|find|get|see)|哪(?:里|儿)(?:能|可以)?(?:看|买)"),
    ("mood", r"\bsad\b|funny|romantic|depressing|搞笑|好笑|感人|虐|悲伤"),
    ("plot", r"about|plot|story|premise|synopsis|happens|summary|讲|剧情|故事|情节|内容|简介|介绍|说说|结局|tell me|more info|details"),
)  # fmt: skip


@cache
def _rx(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@dataclass(frozen=True, slots=True)
class Signs:
    """What was found in a text, as far as intents need it.

    Attributes:
        low: the lowered text.
        pointing: the same with "it" for every item it names.
        senses: senses of the mentions ("want", "like", "seen", …).
        titles: whether an item is named or pointed at.
        values: whether facet values, people or ranges are named.
        critiques: whether the list is criticised.
        withdraws: whether something is taken back.
        listing: whether a list has been shown.
        asked: whether a question is open.
        unknown: whether a name was given that the catalogue does not have.
        firm: whether a limit was named (a genre, a person, a range) and not only a taste.
    """

    low: str
    pointing: str = ""
    senses: frozenset[str] = frozenset()
    titles: bool = False
    values: bool = False
    critiques: bool = False
    withdraws: bool = False
    listing: bool = False
    asked: bool = False
    unknown: bool = False
    firm: bool = False


def intents(signs: Signs) -> tuple[tuple[Intent, float], ...]:
    """All intents the rules see, main one first, each with how sure the rule is.

    Empty where no rule speaks.
    """
    low = signs.low
    found: list[tuple[Intent, float]] = []

    def add(intent: Intent, sure: float) -> None:
        if all(i != intent for i, _ in found):
            found.append((intent, sure))

    for intent, pattern in _RULES:
        if _rx(pattern).search(low) and _admits(intent, signs):
            add(intent, 0.95)
    _set_phrases(signs, add)
    if signs.critiques and not _requests(signs):
        add("critique", 0.95)
    _about_items(signs, add)
    _wishes(signs, add)
    if signs.critiques:
        add("critique", 0.95)
    _talk(signs, add)
    return tuple(found)


_WARRANTED = r"^(?!\W*(?:how|what|is|does|do|can|where|when)\b).*(?:\bwarranty of (?:at least )?\w+ years?|\b\w+[- ]years? warranty)|(?:保修|质保)(?:期)?(?:要)?(?:至少)?\w{1,3}年以上|\w{1,3}年以上(?:的)?(?:保修|质保)"
"""A warranty as a limit on what is sought, not as a question about one."""
_ASKED_FOR = frozenset({"want", "similar", "only", "no", "soft", "allow", "forget", "except"})


def _requests(signs: Signs) -> bool:
    """Whether something is asked for by name beside a critique ("like The Matrix but newer")."""
    alike = signs.titles and "similar" in signs.senses
    return alike or (signs.values and bool(signs.senses & _ASKED_FOR))


def _set_phrases(signs: Signs, put: Put) -> None:
    """Whole utterances that mean one thing whatever words for films they hold."""
    low = signs.low
    phrases: tuple[tuple[Intent, str, float], ...] = (
        ("help", _HELP, 0.9), ("greet", _GREET, 0.95), ("smalltalk", _HOW_ARE_YOU, 0.85),
        ("thanks", _JUST_THANKS, 0.9), ("goodbye", _JUST_BYE, 0.9),
    )  # fmt: skip
    for intent, pattern, sure in phrases:
        if _rx(pattern).search(low):
            put(intent, sure)


def _admits(intent: Intent, signs: Signs) -> bool:
    """Whether a rule's words can be meant here."""
    if intent == "compare":
        return (
            signs.titles
            or signs.listing
            or bool(_rx(r"\bcompare\b|比较|对比|区别").search(signs.low))
        )
    if intent == "explain":
        return signs.listing or signs.titles or not signs.values
    if intent == "support":
        if signs.firm and _rx(_WARRANTED).search(signs.low):
            return False
        return not (signs.values and _rx(r"\b(?:about|films?|movies?)\b|电影|片").search(signs.low))
    return True


def _about_items(signs: Signs, put: Put) -> None:
    asks = _rx(_ASK).search(signs.pointing or signs.low) is not None
    pointed = signs.titles or (signs.listing and _rx(_POINTS).search(signs.low) is not None)
    if asks and pointed and not {"want", "seen", "similar"} & signs.senses:
        put("ask_item", 0.9)
    elif asks and "ask" in signs.senses and signs.unknown:
        put("ask_item", 0.7)
    if "seen" in signs.senses or (
        signs.listing
        and _rx(_SEEN_ALL).search(signs.low)
        and not _rx(r"\b(?:haven't|not|never)\b|没看过|看过.*吗").search(signs.low)
    ):
        put("seen", 0.9)


def _wishes(signs: Signs, put: Put) -> None:
    low = signs.low
    wants = _rx(_WANT_ZH_EN).search(low) is not None
    named = signs.values or signs.titles or signs.unknown
    more = _rx(_MORE).search(low) is not None
    if more and not signs.values and not (signs.titles and not signs.listing):
        put("more", 0.9)
    refused = _rx(_REJECT).search(low) is not None and not signs.values
    but = _rx(
        r"\bbut\b.{0,20}\b(?:too|not|seen|already|another|something)\b|(?:但|不过|可是).{0,6}(?:太|不|看过)"
    ).search(low)
    if _rx(_ACCEPT).search(low) and not but and not refused and "dislike" not in signs.senses:
        if signs.titles or (signs.listing and not signs.values):
            put("accept", 0.85)
    if refused and (signs.listing or not named) and not (named and not signs.titles):
        put("reject", 0.85)
    if _rx(_SKIP).search(low) and not named:
        put("skip" if signs.asked or not signs.listing else "more", 0.8)
    stated = signs.senses - {"ask", "unseen", "seen", ""}
    if stated == {"soft"} and signs.listing and not wants:
        put("critique", 0.85)
    if named and stated - {"skip"}:
        asked = bool(stated & _ASKED_FOR) or wants
        put("recommend" if asked else "inform", 0.95 if asked else 0.85)
        return
    _unnamed(signs, put, wants=wants)


def _unnamed(signs: Signs, put: Put, *, wants: bool) -> None:
    """Requests and tastes whose words name little or nothing of the catalogue."""
    low = signs.low
    generic = _rx(_GENERIC).search(low) is not None
    domain = _rx(_DOMAIN).search(low) is not None
    if signs.withdraws or (wants and generic):
        put("recommend", 0.85)
    elif signs.values and signs.senses != {"ask"}:
        put("recommend", 0.8 if generic or signs.firm else 0.6)
    elif domain and (wants or _rx(_SEEKING).search(low)):
        put("recommend", 0.75)
    elif domain and _rx(_TASTE).search(low):
        put("inform", 0.7)
    elif wants:
        put("recommend", 0.5)
    elif _rx(_OPEN).search(low):
        put("recommend", 0.6)


_OPEN = r"不知道(?:该|要)?(?:选|看|买|吃|学|挑|点|读|听)(?:什么|哪|啥)|\b(?:don't|do not|dunno|not sure|no idea|can't decide) (?:really )?(?:know )?what to \w+|^\W*(?:i'm|i am|we're|we are|so|feeling|really|very|super|just|kind of| )*bored\b|\bnothing to (?:do|watch)\b|无聊|闲着|没事(?:干|做)|打发时间|剧荒|评分(?:要)?高|口碑好|高分|得过奖|获奖|\b(?:highly|well|best|top)[- ](?:rated|reviewed)\b|\baward[- ]winn"
"""Openings that leave everything to us."""
_GENERIC = r"\b(?:movies?|films?|something|anything|recommend\w*|suggest\w*|watch|books?|read|shows?|courses?|learn|restaurants?|eat|places?|products?|buy|options|ideas|list)\b|推荐|看|片|电影|书|餐|吃|玩|买|学|找"


def _talk(signs: Signs, put: Put) -> None:
    low = signs.low
    named = signs.values or signs.titles
    if _rx(_BYE).search(low) and len(low) < 80:
        put("goodbye", 0.9)
    if _rx(_THANKS).search(low) and not _rx(r"\bno,? thank").search(low):
        put("thanks", 0.85)
    if _rx(_SMALL).search(low) and not named:
        put("smalltalk", 0.7)


def asks(low: str) -> bool:
    """Whether the words ask about an item.

    >>> asks("who directed it"), asks("第二部讲什么的"), asks("something scary")
    (True, True, False)
    """
    return _rx(_ASK).search(low) is not None


def aspect(low: str) -> str:
    """What a question about an item asks for, "" where it is open.

    >>> aspect("how long is it"), aspect("第二部吓人吗")
    ('runtime', 'scary')
    """
    for name, pattern in _ASPECTS:
        if _rx(pattern).search(low):
            return name
    return ""


def first(found: Sequence[tuple[Intent, float]]) -> tuple[Intent, float] | None:
    """The main intent, or None."""
    return found[0] if found else None
