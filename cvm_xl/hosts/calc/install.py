"""The add-in in a LibreOffice: installed, removed, asked for."""

from __future__ import annotations

from cvm_xl.book.files import working_folder
from cvm_xl.errors import BookError
from cvm_xl.hosts.calc.addin import IDENTIFIER, build
from cvm_xl.hosts.calc.profile import Profile

__all__ = ["install", "installed", "uninstall"]


def install(profile: Profile | None = None) -> None:
    """Register the add-in with LibreOffice; one that is there is replaced. Functions run in this environment.

    Raises
    ------
    BookError
        When LibreOffice is missing, open, or refuses.
    """
    with working_folder() as folder:
        file = folder / "cvm_xl.oxt"
        file.write_bytes(build())
        (profile or Profile()).manage("add", "-f", "--suppress-license", str(file))


def uninstall(profile: Profile | None = None) -> bool:
    """Take the add-in out of LibreOffice; False when it was not there."""
    profile = profile or Profile()
    if not installed(profile):
        return False
    profile.manage("remove", IDENTIFIER)
    return True


def installed(profile: Profile | None = None) -> bool:
    """Whether the add-in is registered."""
    try:
        return IDENTIFIER in (profile or Profile()).manage("list", IDENTIFIER)
    except BookError as error:
        if "no such extension" in str(error).lower():
            return False
        raise
