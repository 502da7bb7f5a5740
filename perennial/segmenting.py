"""`perennial channels`: which channel serves which segment, in English and Chinese."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.engine import DuckDB, opened
from features.errors import PerennialError
from features.persons import settle
from perennial.opening import cutoff_of, opened_shop, threads
from perennial.printing import heading, say, table
from perennial.progress import progress_bar
from perennial.scoring import Batch, models_for, score_all
from training.groups import stages
from training.segments import KINDS, SegmentChannels, by_segment

TASKS = ("churn", "channel_preference")
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "contact": "Chance that a message is answered",
        "purchase": "Share of the next orders",
        "promotion": "Share of the next promoted purchases",
        "segment": "segment",
        "customers": "customers",
        "best": "best",
        "none": "No segment has twenty active customers.",
    },
    "zh": {
        "contact": "消息得到回应的概率",
        "purchase": "下次订单的渠道占比",
        "promotion": "下次促销购买的占比",
        "segment": "客群",
        "customers": "人数",
        "best": "首选",
        "none": "没有一个客群达到二十名活跃顾客。",
        "new": "新客",
        "active": "活跃",
        "loyal": "忠诚",
        "at_risk": "有流失风险",
        "recovered": "已挽回",
        "online": "线上购买",
        "offline": "线下购买",
        "unknown": "未知",
        "everyone": "全部",
        "email": "邮件",
        "sms": "短信",
        "push": "推送",
        "wechat": "微信",
        "mail": "信件",
        "call": "电话",
        "web": "网站",
        "app": "App",
        "mini_program": "小程序",
        "store": "门店",
        "social": "社交媒体",
        "community": "社群",
        "live": "直播",
        "marketplace": "电商平台",
        "display": "陈列",
        "mailer": "宣传册",
        "coupon": "优惠券",
    },
}


def tell_segments(path: Path, at: str | None, language: str, mlruns: Path) -> None:
    """Score the active customers and print a table a kind of channel.

    Raises
    ------
    PerennialError      if the language is unknown, or the shop has no model of channel preference
    """
    if language not in _WORDS:
        raise PerennialError(f"--language {language} is not known. Choose one of {', '.join(_WORDS)}.")
    shop = opened_shop(path)
    cutoff = cutoff_of(shop, at)
    models = {task: one for task, one in models_for(shop, cutoff, mlruns=mlruns).items() if task in TASKS}
    if "channel_preference" not in models:
        raise PerennialError(f"shop '{shop.name}' has no model of channel_preference. Train it: perennial train.")
    with opened(DuckDB(threads=threads())) as engine, progress_bar() as progress:
        settled, _ = settle(shop, cutoff, engine=engine)
        batch = score_all(settled, cutoff, models, engine=engine, threads=threads(), progress=progress)
    show(segments_of(batch), language)


def segments_of(batch: Batch) -> list[SegmentChannels]:
    """The segments of a batch's active customers: everyone, by stage, by where they bought last."""
    rows = batch.eligible
    answers = {name: values[rows] for name, values in batch.answers.items()}
    known = {ref.name: batch.matrix[rows, i].astype(np.float64) for i, ref in enumerate(batch.columns)}
    groups: dict[str, NDArray[np.str_]] = {"all": np.full(int(rows.sum()), "everyone")}
    if "churn_probability" in answers:
        model = batch.models["churn"].model
        churn = answers["churn_probability"]
        groups["stage"] = stages(known, churn, model.horizon_days, model.active_within_days)
    if "last_order_online" in known:
        online = known["last_order_online"]
        groups["channel"] = np.where(np.isnan(online), "unknown", np.where(online > 0, "online", "offline"))
    return by_segment(answers, groups)


def show(found: list[SegmentChannels], language: str) -> None:
    """Print a table a kind: segments down, channels across."""
    words = _WORDS[language]
    if not found:
        say(words["none"])
    for kind in KINDS:
        rows = [one for one in found if one.kind == kind]
        if not rows:
            continue
        heading(words[kind])
        channels = list(rows[0].means)
        shown = [words.get(one, one.replace("_", " ")) for one in channels]
        lines = [
            (
                words.get(one.segment, one.segment.replace("_", " ")),
                f"{one.customers:,}",
                *(f"{one.means[channel]:.1%}" for channel in channels),
                words.get(best := next(iter(one.means)), best.replace("_", " ")),
            )
            for one in rows
        ]
        table(
            (words["segment"], words["customers"], *shown, words["best"]), lines, numbers=(words["customers"], *shown)
        )
