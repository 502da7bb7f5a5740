"""Every text the tables hold, as small numbers while the world runs."""

PURCHASE_CHANNELS = ("web", "app", "mini_program", "store", "live")
BROWSE_CHANNELS = (*PURCHASE_CHANNELS, "social", "community")
CONTACT_CHANNELS = ("email", "sms", "push", "wechat")
STAGES = ("prospect", "active", "fading", "dormant", "gone")
SOURCES = ("crm", "pos", "wechat_shop")
ABANDON_REASONS = ("changed_mind", "shipping_cost", "payment_failed", "slow_page", "out_of_stock")
ACTIONS = ("newsletter", "recommend", "win_back_voucher", "flash_sale", "rescue_cart", "statement")
ARMS = ("policy", "explore", "control")
TIERS = ("basic", "silver", "gold")
BENEFITS = ("points", "double_points")
GENDERS = ("female", "male")
ACQUISITION = ("search", "social", "store", "referral", "advert")
CAMPAIGNS = ("spring_launch", "autumn_launch")  # what adverts and posts of the half-year spoke of
REGIONS = ("north", "east", "south", "west")
DEVICES = ("phone", "tablet", "desktop")
TOPICS = ("delivery", "damaged", "wrong_item", "refund", "product_question", "survey")
IDENTITY_KINDS = ("email", "phone", "device", "card", "openid")

DEPARTMENTS = ("beauty", "home", "food", "fashion", "baby")
CATEGORIES = (
    *("skincare", "make_up", "fragrance"),
    *("kitchen", "bedding", "lighting"),
    *("snacks", "tea"),
    *("shirts", "shoes"),
    *("nappies", "toys"),
)
DEPARTMENT_OF = (0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4)
BRANDS = tuple(f"brand_{number:02d}" for number in range(1, 31))

_OTHERS = (
    *("order", "return", "delivery", "pick_up", "in_store"),
    *("visit", "view", "read", "search", "add_to_cart", "begin_checkout", "shipping_quoted"),
    *("abandon", "purchase", "review", "share", "invite", "login", "try_on", "consult", "event"),
    *("delivered", "bounce", "open", "click", "convert", "unsubscribe", "complaint"),
    *("marketing", "service", "contact", "profiling", "call", "any"),
    *CAMPAIGNS,
    *BENEFITS,
)
WORDS = tuple(
    dict.fromkeys(
        (
            *BROWSE_CHANNELS,
            *CONTACT_CHANNELS,
            *SOURCES,
            *STAGES,
            *ABANDON_REASONS,
            *ACTIONS,
            *ARMS,
            *TIERS,
            *GENDERS,
            *ACQUISITION,
            *REGIONS,
            *DEVICES,
            *TOPICS,
            *IDENTITY_KINDS,
            *DEPARTMENTS,
            *CATEGORIES,
            *BRANDS,
            *_OTHERS,
        )
    )
)
CODE = {word: code for code, word in enumerate(WORDS)}
