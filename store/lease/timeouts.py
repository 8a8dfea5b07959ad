"""The one budget of time; docs/design.md says why (*The budget of time*).

What waits for the database gives up in the order of this list, the innermost first, so that
everybody is told within `PROMISED_SECONDS` why; and a server that cannot renew its lease
stops before another one may begin.
"""

PROMISED_SECONDS = 5.0  # in which everybody is answered, whatever happens
REQUEST_SECONDS = PROMISED_SECONDS - 0.2  # for a request; its refusal has the rest
DB_SECONDS = REQUEST_SECONDS - 0.3  # for an operation of the database, or for a batch
SELECT_SECONDS = DB_SECONDS - 0.5  # of it, for a member of the database that takes it

RENEW_SECONDS = 2.0  # between renewals of the lease
RENEWAL_SECONDS = RENEW_SECONDS  # that a renewal may take; then another one is tried
# By its own clock, that a holder relies on a renewal: so one of them may get lost.
TRUST_SECONDS = RENEW_SECONDS + RENEWAL_SECONDS + 1.0
# That a renewal lasts, by the database's clock: longer, for what is checked just in time.
LEASE_SECONDS = TRUST_SECONDS + 1.0
LOOK_SECONDS = 0.1  # between looks of a server that stands by
SEEN_SECONDS = TRUST_SECONDS  # since a server that stands by was last seen to
