"""The report's page: the file that the night wrote, in a frame of ours."""

from pathlib import Path

from serving.errors import RequestError
from serving.http.application import HTML
from serving.ui.report_file import ReportFile, newest_report, report_policy
from serving.ui.visit import Shown, SitePage, Visit
from serving.ui.words import LANGUAGES

PAGE, FILE = "/ui/report", "/ui/report/file"


def report_pages(folder: Path) -> dict[str, SitePage]:
    """The page, and the file inside it.

    Parameters
    ----------
    folder : the shop's reports, PERENNIAL_HOME/reports/<shop>
    """

    def page(visit: Visit) -> Shown:
        found = _found(folder, visit)
        return visit.page("report", frames=True, here="report", found=found, file=FILE)

    def file(visit: Visit) -> Shown:
        found = _found(folder, visit)
        if found is None:
            raise RequestError(404, "not_found", "No report was written yet.")
        content = found.path.read_bytes()
        policy = (b"content-security-policy", report_policy(content))
        return Shown(content, ((b"content-type", HTML), policy, (b"x-frame-options", b"SAMEORIGIN")))

    return {PAGE: SitePage("ui_report", page), FILE: SitePage("ui_report_file", file)}


def _found(folder: Path, visit: Visit) -> ReportFile | None:
    """The newest report, in the person's language where it exists."""
    spoken = visit.words.language
    return newest_report(folder, (spoken, *(one for one in LANGUAGES if one != spoken)))
