"""Reports of findings for other programs: JSON of our own, SARIF 2.1.0 and JUnit XML for CI."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as Xml  # only written here, never read

import msgspec

from runbook_tui import __version__
from runbook_tui.domain.findings import ASK_SOMEBODY, CheckResult, Finding, Report, Severity
from runbook_tui.domain.kept_findings import remedy_lines
from runbook_tui.domain.text import safe_text

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[Severity, str] = {
    "inhibitor": "error",
    "unknown": "error",
    "high": "error",
    "warning": "warning",
    "info": "note",
    "pass": "none",
}
# XML 1.0 has no way to write these, not even as references.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_json(report: Report) -> dict[str, Any]:
    """The whole report; each finding with its fingerprint and the digest of its evidence."""
    return {
        "target": report.target,
        "digest": report.digest,
        "at": report.at,
        "closes_the_gate": report.closes_the_gate,
        "checks": [
            {
                "check": check.check,
                "title": check.title,
                "ran": check.ran,
                "seconds": check.seconds,
                "worst": check.worst,
                "findings": [_finding(finding) for finding in check.findings],
            }
            for check in report.checks
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity,
        "key": finding.key,
        "title": finding.title,
        "subject": finding.subject,
        "evidence": [msgspec.to_builtins(each) for each in finding.evidence],
        "remediation": finding.remediation,
        "remedies": [
            {"label": each.label, "does": list(remedy_lines(each)), "effect": each.effect}
            for each in finding.remedies
        ],
        "fingerprint": finding.fingerprint,
        "evidence_digest": finding.evidence_digest,
    }


def as_sarif(report: Report) -> dict[str, Any]:
    """SARIF 2.1.0 (OASIS): a rule for each check and key, a result for each finding but passes."""
    results = [finding for finding in report.findings if finding.severity != "pass"]
    rules = sorted({_rule_id(finding) for finding in results})
    driver = {
        "name": "runbook-tui",
        "version": __version__,
        "rules": [{"id": rule, "name": rule.replace("/", "-")} for rule in rules],
    }
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "results": [_sarif_result(finding) for finding in results],
                "invocations": [{"executionSuccessful": all(check.ran for check in report.checks)}],
            }
        ],
    }


def _rule_id(finding: Finding) -> str:
    return f"{finding.check}/{finding.key}"


def _sarif_result(finding: Finding) -> dict[str, Any]:
    return {
        "ruleId": _rule_id(finding),
        "level": _LEVELS[finding.severity],
        "message": {"text": safe_text(finding.title)},
        "partialFingerprints": {"runbookTui/v1": finding.fingerprint},
        "properties": {"severity": finding.severity},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(each.place)},
                    **({"region": {"startLine": each.line}} if each.line else {}),
                }
            }
            for each in finding.evidence
        ],
    }


def _uri(place: str) -> str:
    from urllib.parse import quote

    return quote(place.encode("utf-8", "surrogateescape"), safe="/!")


def as_junit(report: Report) -> str:
    """JUnit XML: a test case for each check; it fails where somebody has to look at something, and
    is an error where it could not be done.
    """
    suite = Xml.Element("testsuite", name=_xml(report.target), timestamp=report.at)
    failures = errors = 0
    for check in report.checks:
        case = Xml.SubElement(
            suite, "testcase", classname="runbook-tui", name=check.title, time=str(check.seconds)
        )
        bad = [finding for finding in check.findings if finding.severity in ASK_SOMEBODY]
        if not check.ran:
            errors += 1
            _problem(case, "error", check, bad)
        elif bad:
            failures += 1
            _problem(case, "failure", check, bad)
    suite.attrib |= {
        "tests": str(len(report.checks)),
        "failures": str(failures),
        "errors": str(errors),
    }
    Xml.indent(suite)
    return Xml.tostring(suite, encoding="unicode", xml_declaration=True)


def _problem(case: Xml.Element, tag: str, check: CheckResult, bad: list[Finding]) -> None:
    told = Xml.SubElement(case, tag, message=_xml(f"{len(bad)} findings, worst {check.worst}"))
    lines = []
    for finding in bad:
        lines.append(f"{finding.severity}: {finding.title}")
        lines += [f"    {each}" for each in finding.evidence]
    told.text = _xml("\n".join(lines))


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", safe_text(text))
