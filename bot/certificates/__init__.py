"""Certificate logic: bytes in, facts and findings out. Pure: no files, no clock, no logging, no database."""

from bot.certificates.authority import inspect_authorities
from bot.certificates.checks.trust import anchors
from bot.certificates.checks.validity import days_until, expiry_day, relative_day
from bot.certificates.client import duplicate, inspect_client
from bot.certificates.encryption.cost import report_of, too_expensive
from bot.certificates.findings import Change, Code, Finding, Severity, named
from bot.certificates.foreign.findings import too_large
from bot.certificates.formats.pem import pem_certificates
from bot.certificates.formats.sniff import sniff
from bot.certificates.model import (
    Anchors,
    BagFacts,
    Certificate,
    ClientMaterial,
    ContainerFacts,
    Context,
    Format,
    Reader,
    Report,
    Root,
    Standing,
    Survey,
    Use,
)
from bot.certificates.packing import PackingFailed, Runtime, generate_password, pack, unfit_password
from bot.certificates.pins import pin_findings, pin_taken
from bot.certificates.survey import survey

__all__ = [
    "Anchors",
    "BagFacts",
    "Certificate",
    "Change",
    "ClientMaterial",
    "Code",
    "ContainerFacts",
    "Context",
    "Finding",
    "Format",
    "PackingFailed",
    "Reader",
    "Report",
    "Root",
    "Runtime",
    "Severity",
    "Standing",
    "Survey",
    "Use",
    "anchors",
    "days_until",
    "duplicate",
    "expiry_day",
    "generate_password",
    "inspect_authorities",
    "inspect_client",
    "named",
    "pack",
    "pem_certificates",
    "pin_findings",
    "pin_taken",
    "relative_day",
    "report_of",
    "sniff",
    "survey",
    "too_expensive",
    "too_large",
    "unfit_password",
]
