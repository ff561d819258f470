"""Errors of a list, or the one error that there is."""

from compendium.errors import UserError, UserErrors


def each_of(error: UserError) -> tuple[UserError, ...]:
    return error.errors if isinstance(error, UserErrors) else (error,)
