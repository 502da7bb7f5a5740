"""Campaigns: what we sent, and what came back. Openings by machines never count as a person's.

Rates are smoothed as if ten more messages had been sent, one of them with success: two lucky sends are no habit.
"""

import ibis
import ibis.expr.types as ir

from features.catalog.expressions import days_since
from features.feature import feature, ratio

RESPONDED = ("open", "click", "convert")


def _answered(responses: ir.Table) -> ir.BooleanValue:
    return responses.kind.isin(RESPONDED) & ~responses.is_machine


def _smoothed(sends: ir.Table, happened: ir.BooleanValue) -> ir.Value:
    one, ten = ibis.literal(1, "int64"), ibis.literal(10, "int64")
    return ratio(sends.count(where=happened) + one, sends.count() + ten)


@feature(table="messages", windows=("30d", "90d", "365d"), unit="messages", empty=0)
def messages(messages: ir.Table) -> ir.Value:
    """Messages sent to the customer over all channels. None sent means 0."""
    return messages.count()


@feature(table="messages", unit="days")
def days_since_message(messages: ir.Table) -> ir.Value:
    """Days since the latest message. Missing where none was sent."""
    return days_since(messages)


@feature(table="messages", windows=("365d",), unit="campaigns", empty=0, needs=("campaign_id",))
def campaigns(messages: ir.Table) -> ir.Value:
    """Different campaigns the customer was part of. None sent means 0."""
    return messages.campaign_id.nunique()


@feature(table="responses", windows=("90d", "365d"), unit="responses", empty=0)
def conversions(responses: ir.Table) -> ir.Value:
    """Conversions on a message: a coupon redeemed, an order through a link. None means 0."""
    return responses.count(where=(responses.kind == "convert") & ~responses.is_machine)


@feature(table="responses", windows=("90d",), unit="responses", empty=0)
def clicks(responses: ir.Table) -> ir.Value:
    """Clicks on messages by a person. None means 0."""
    return responses.count(where=(responses.kind == "click") & ~responses.is_machine)


@feature(table="responses", windows=("365d",), unit="responses", empty=0)
def bounces(responses: ir.Table) -> ir.Value:
    """Messages that could not be delivered. None means 0."""
    return responses.count(where=responses.kind == "bounce")


@feature(table="responses", unit="days")
def days_since_response(responses: ir.Table) -> ir.Value:
    """Days since a person last opened, clicked or converted. Missing where nobody ever did."""
    return days_since(responses, _answered(responses))


@feature(table="responses", windows=("365d",), unit="share")
def evening_response_share(responses: ir.Table) -> ir.Value:
    """Share of responses at 18:00 or later: the hour habit. Missing without a response."""
    answered = _answered(responses)
    late = responses.count(where=answered & (responses.happened_at.hour() >= 18))
    return ratio(late, responses.count(where=answered))


@feature(table="responses", windows=("365d",), unit="hours")
def response_delay(responses: ir.Table) -> ir.Value:
    """Mean hours from a send to a response on it. Missing without a response."""
    seconds = responses.happened_at.epoch_seconds() - responses.sent_at.epoch_seconds()
    timed = _answered(responses) & responses.sent_at.notnull()
    hour = ibis.literal(3600, "int64")
    return ratio(seconds.sum(where=timed), responses.count(where=timed) * hour)


@feature(table="sends", windows=("365d",), unit="share", empty=0.1)
def open_rate(sends: ir.Table) -> ir.Value:
    """Share of messages a person opened, smoothed. None sent means 0.1, as smoothing has it."""
    return _smoothed(sends, sends.opened)


@feature(table="sends", windows=("365d",), unit="share", empty=0.1)
def click_rate(sends: ir.Table) -> ir.Value:
    """Share of messages a person clicked on, smoothed. None sent means 0.1, as smoothing has it."""
    return _smoothed(sends, sends.clicked)


@feature(table="sends", windows=("365d",), unit="share", empty=0.1)
def conversion_rate(sends: ir.Table) -> ir.Value:
    """Share of messages that led to a conversion, smoothed. None sent means 0.1, as smoothing has it."""
    return _smoothed(sends, sends.converted)


@feature(table="sends", windows=("365d",), unit="share", empty=0.1)
def objection_rate(sends: ir.Table) -> ir.Value:
    """Share of messages answered by an unsubscription or complaint, smoothed. None sent means 0.1."""
    return _smoothed(sends, sends.objected)


@feature(table="sends", unit="messages", empty=0)
def sends_since_response(sends: ir.Table) -> ir.Value:
    """Messages since the latest response to any: the fatigue. None sent means 0."""
    return sends.count(where=sends.unanswered)
