"""How far what the shop sees is from what happened."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Noise:
    """Parts of the blur between the world and its export, each a share between 0 and 1.

    Attributes
    ----------
    late : rows that reach the shop days after they happened
    second_record : store and mini-program buyers who have another record there
    linked : such records that share a mark with the person's main record
    learnt_later : of those, links seen only weeks after the record was made
    typo : phone numbers mistyped on a second record
    till_email : second records at the till that carry the till's own e-mail instead of the person's
    shared_card : persons who use the card of a club of many
    guests_in_store, guests_online : orders without a customer
    machine_openers : persons whose mail provider opens every mail
    """

    late: float = 0.05
    second_record: float = 0.5
    linked: float = 0.985
    learnt_later: float = 0.15
    typo: float = 0.01
    till_email: float = 0.12
    shared_card: float = 0.02
    guests_in_store: float = 0.18
    guests_online: float = 0.03
    machine_openers: float = 0.25
