"""Whether a text is for us at all, by its embedding. Asked only where the rules are unsure.

The weights (`data/scope.npz`) belong to one embedding model and one domain, films in English; for
any other there is no classifier and the rules stand alone. `benchmarks/train_intents.py` made them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from retrieval.embeddings import Embedder

_DOMAIN = "films"
_CHINESE = re.compile(
    r"天气|下雨|气温|机票|火车票|高铁|航班|订(?:酒店|房|票|餐)|股(?:市|票)|基金|怎么(?:做|修|洗|煮|炒|安装)(?!.*片)|菜谱|闹钟|"
    r"翻译|几点|多远|路线|导航|怎么走|加油站|银行|余额|转账|汇率|打车|外卖|作业|方程|等于(?:几|多少)|代码|编程|程序|"
    r"新闻|彩票|感冒|发烧|医院|提醒我|打电话|发短信|发邮件|音量|开灯|关灯|空调|放(?:首|点)?(?:歌|音乐)|卡路里|减肥|首都|人口|星期几|日历"
)


@dataclass(frozen=True)
class ScopeClassifier:
    """Chance that a text is not for us.

    Attributes:
        embedder: the model the weights belong to.
        weights: (dimensions,) float32.
        bias, temperature: of the logistic function, calibrated on held-out data.
        threshold: above it a text is refused.
    """

    embedder: Embedder
    weights: NDArray[np.float32]
    bias: float
    temperature: float
    threshold: float

    def outside(self, text: str) -> float:
        """Chance in [0, 1] that `text` is out of scope."""
        vector = self.embedder.embed([text])[0]
        logit = (float(vector @ self.weights) + self.bias) / self.temperature
        return float(1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0))))


def load(embedder: Embedder | None, domain: str) -> ScopeClassifier | None:
    """The shipped classifier if it fits this embedder and domain, else None."""
    if embedder is None or domain != _DOMAIN:
        return None
    path = resources.files("chatbot.understand").joinpath("data/scope.npz")
    if not path.is_file():
        return None
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        if str(stored["model"]) != embedder.name:
            return None
        return ScopeClassifier(
            embedder,
            stored["weights"],
            float(stored["bias"]),
            float(stored["temperature"]),
            float(stored["threshold"]),
        )


def chinese_outside(text: str) -> bool:
    """Whether a Chinese text asks for something of daily life that no film catalogue answers.

    >>> chinese_outside("明天天气怎么样"), chinese_outside("想看轻松的")
    (True, False)
    """
    return _CHINESE.search(text) is not None
