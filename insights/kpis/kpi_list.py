"""The KPIs, each declared once. A group without rows has none of them: null, never 0 for a ratio over nothing."""

import ibis.expr.types as ir

from insights.kpis import kpi_among as among
from insights.kpis.kpi import Kpi, kpi

SLOW_MS = 3000.0


def _share(rows: ir.Table, condition: ir.BooleanValue, among: ir.BooleanValue | None = None) -> ir.Value:
    """Share of rows where the condition holds, among those where `among` does."""
    whole = rows.count() if among is None else rows.count(where=among)
    part = rows.count(where=condition if among is None else condition & among)
    return part.cast("float64") / whole.nullif(0)


@kpi(
    rows="visits",
    unit="count",
    formula="visits",
    zh="访问次数：一次会话内的触点合为一次；无会话号的，按每人、每渠道、每天计一次。",
)
def traffic(visits: ir.Table) -> ir.Value:
    """Visits: the touchpoints of one session, or of one person, channel and day where sessions are not told."""
    return visits.count()


@kpi(
    rows="visits",
    unit="seconds",
    formula="seconds of dwell / visits that state one",
    zh="平均每次访问的停留时间，只计有停留记录的访问。",
    among=among.dwelt,
)
def dwell(visits: ir.Table) -> ir.Value:
    """Mean time spent in a visit, over those that state one."""
    return visits.dwell_seconds.mean()


@kpi(rows="visits", unit="share", formula="visits of one touchpoint / visits", zh="只有一个触点的访问所占的比例。")
def bounce_rate(visits: ir.Table) -> ir.Value:
    """Share of visits that end where they began."""
    return _share(visits, visits.touches == 1)


@kpi(rows="visits", unit="share", formula="visits with payment / visits", zh="完成付款的访问所占的比例。")
def conversion(visits: ir.Table) -> ir.Value:
    """Share of visits that end in payment."""
    return _share(visits, visits.saw_payment)


@kpi(
    rows="touchpoints",
    unit="share",
    formula="searches with 0 results / searches that state results",
    zh="没有结果的搜索所占的比例，只计有结果数记录的搜索。",
    among=among.searched,
)
def empty_searches(touchpoints: ir.Table) -> ir.Value:
    """Share of searches that find nothing, over those that state how much they found."""
    return _share(touchpoints, touchpoints.results == 0, among.searched(touchpoints))


@kpi(
    rows="touchpoints",
    unit="share",
    formula="pages over 3 s / pages that state their time",
    zh="加载超过 3 秒的页面所占的比例，只计有加载时间记录的页面。",
    among=among.timed,
)
def slow_pages(touchpoints: ir.Table) -> ir.Value:
    """Share of pages that took longer than three seconds, over those that state their time."""
    return _share(touchpoints, touchpoints.load_ms > SLOW_MS, among.timed(touchpoints))


@kpi(
    rows="touchpoints",
    unit="share",
    formula="failed payments / failed payments and purchases",
    zh="付款失败次数占付款失败与购买次数之和的比例；从未记录付款失败的，不给出。",
    among=among.paying,
)
def payment_failures(touchpoints: ir.Table) -> ir.Value:
    """Share of attempts to pay that failed, over failures and purchases; none where no failure is ever recorded."""
    return _share(touchpoints, touchpoints.kind == "payment_failed", among.paying(touchpoints))


@kpi(rows="orders", unit="count", formula="orders", zh="订单数，不含退货。", among=among.ordered)
def orders(orders: ir.Table) -> ir.Value:
    """Orders, without returns."""
    return orders.count(where=among.ordered(orders))


@kpi(
    rows="orders",
    unit="currency",
    formula="orders + returns, in money",
    zh="净销售额：订单金额减去同期发生的退货金额。",
)
def net_sales(orders: ir.Table) -> ir.Value:
    """Money taken: orders less the returns that happened in the same period."""
    return orders.amount.sum()


@kpi(
    rows="orders",
    unit="currency",
    formula="money of orders / orders",
    zh="平均每单金额，不含退货。",
    among=among.ordered,
)
def average_order_value(orders: ir.Table) -> ir.Value:
    """Mean amount of an order, before returns."""
    return orders.amount.mean(where=among.ordered(orders))


@kpi(
    rows="orders",
    unit="items",
    formula="products of orders / orders that state lines",
    zh="平均每单的商品种数，只计有明细的订单；不按件数，因为有些商品按重量或容量计。",
    among=among.with_lines,
)
def items_per_order(orders: ir.Table) -> ir.Value:
    """Mean number of different products an order, over orders whose lines are known; units may be grams."""
    return orders["items"].mean(where=among.with_lines(orders))


@kpi(
    rows="orders",
    unit="share",
    formula="money of returns / money of orders",
    zh="退货金额占订单金额的比例，均按发生期计。",
    among=among.ordered,
)
def return_rate(orders: ir.Table) -> ir.Value:
    """Money returned in the period as a share of the money ordered in it; none where no return is ever recorded."""
    returned = -orders.amount.sum(where=~orders.is_order)
    return returned.fill_null(0.0) / orders.amount.sum(where=orders.is_order & orders.tells_returns).nullif(0)


@kpi(
    rows="deliveries",
    unit="share",
    formula="deliveries after the promised moment / deliveries with a promise",
    zh="晚于承诺时间送达的订单占有承诺时间的送达订单的比例，按送达时间计入当期；尚未送达的不计。",
    among=among.promised,
)
def late_deliveries(deliveries: ir.Table) -> ir.Value:
    """Share of the orders that arrived in the period, and were promised by a moment, that came after it."""
    return _share(deliveries, deliveries.late, among.promised(deliveries))


@kpi(
    rows="deliveries",
    unit="days",
    formula="days from order to arrival / deliveries",
    zh="从下单到送达的平均天数（按日历日计），按送达时间计入当期。",
)
def delivery_time(deliveries: ir.Table) -> ir.Value:
    """Mean days of the calendar from order to arrival, of orders that arrived in the period."""
    return deliveries.days.mean()


@kpi(rows="buyers", unit="count", formula="people with an order", zh="购买人数。", among=among.bought)
def buyers(buyers: ir.Table) -> ir.Value:
    """People who ordered."""
    return buyers.count(where=among.bought(buyers))


@kpi(
    rows="buyers",
    unit="share",
    formula="people with two shopping days or more / buyers",
    zh="复购率：期内在两天及以上下单的人数占购买人数的比例。",
    among=among.bought,
)
def repurchase_rate(buyers: ir.Table) -> ir.Value:
    """Share of the period's buyers who shopped on two days or more in it."""
    return _share(buyers, buyers.shopping_days >= 2, among.bought(buyers))


@kpi(
    rows="buyers",
    unit="share",
    formula="buyers of the period before who bought again / buyers of the period before",
    zh="留存率：上一等长期间的购买者中，本期仍然购买的比例。",
    among=among.bought_before,
)
def retention(buyers: ir.Table) -> ir.Value:
    """Share of those who bought in the period before, as long as this one, who bought in this one."""
    return _share(buyers, buyers.shopping_days >= 1, among.bought_before(buyers))


@kpi(
    rows="buyers",
    unit="currency",
    formula="net sales to buyers up to the period's end / buyers",
    zh="顾客累计价值：本期购买者自首单至期末的人均净消费额。",
    among=among.bought,
)
def lifetime_value(buyers: ir.Table) -> ir.Value:
    """Net sales from the first order to the period's end, per person who bought in it: what was, not a forecast."""
    return buyers.spent_ever.mean(where=among.bought(buyers))


@kpi(
    rows="orders",
    unit="share",
    formula="first orders of invited people / first orders",
    zh="首单顾客中由老顾客邀请而来的比例。",
    among=among.first,
)
def referral(orders: ir.Table) -> ir.Value:
    """Share of first orders that are of people somebody invited: invitations that brought buyers."""
    return _share(orders, orders.is_invited, among.first(orders))


@kpi(
    rows="sends",
    unit="count",
    formula="people written to, without bounces",
    zh="触达人数：至少成功送达一条消息的人数。",
    among=among.arrived,
)
def reach(sends: ir.Table) -> ir.Value:
    """People to whom at least one message went out and did not bounce."""
    return sends.customer_id.nunique(where=among.arrived(sends))


@kpi(
    rows="sends",
    unit="share",
    formula="messages opened / messages not bounced",
    zh="送达消息中被打开的比例，机器打开不计；没有打开记录的渠道（如短信）不给出。",
    among=among.OPENS,
)
def open_rate(sends: ir.Table) -> ir.Value:
    """Share of messages, bounces apart, that a person opened, on channels that tell of openings."""
    return _share(sends, sends.opens, among.OPENS(sends))


@kpi(
    rows="sends",
    unit="share",
    formula="messages clicked / messages not bounced",
    zh="送达消息中被点击的比例。",
    among=among.CLICKS,
)
def click_rate(sends: ir.Table) -> ir.Value:
    """Share of messages, bounces apart, that were clicked, on channels that tell of clicks."""
    return _share(sends, sends.clicks, among.CLICKS(sends))


@kpi(
    rows="sends",
    unit="share",
    formula="messages that led to an unsubscribe / messages not bounced",
    zh="送达消息中引起退订的比例。",
    among=among.UNSUBSCRIBES,
)
def unsubscribe_rate(sends: ir.Table) -> ir.Value:
    """Share of messages, bounces apart, upon which somebody unsubscribed, on channels that tell of it."""
    return _share(sends, sends.unsubscribes, among.UNSUBSCRIBES(sends))


@kpi(
    rows="cases",
    unit="points",
    formula="mean satisfaction",
    zh="平均满意度（1 至 5 分），只计有评分的工单与问卷。",
    among=among.rated,
)
def satisfaction(cases: ir.Table) -> ir.Value:
    """Mean satisfaction, 1 to 5, of cases and surveys that state one."""
    return cases.satisfaction.mean(where=among.rated(cases))


@kpi(
    rows="cases",
    unit="share",
    formula="cases not closed by the period's end / cases",
    zh="截至期末尚未结案的工单占当期工单的比例；从不记录结案时间的店铺不给出。",
)
def open_cases(cases: ir.Table) -> ir.Value:
    """Share of the cases of the period that were not closed by its end; none where closing is never recorded."""
    closed = (cases.closed_at < cases.period_end).fill_null(False)
    return _share(cases, ~closed, cases.tells_closing)


KPIS: tuple[Kpi, ...] = tuple(one for one in list(globals().values()) if isinstance(one, Kpi))
