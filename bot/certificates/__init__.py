"""What is true of certificates: bytes in, facts out. Pure; opens no file, asks no clock, logs nothing."""

from bot.certificates.authority import inspect_authorities
from bot.certificates.budget import report_of, too_expensive
from bot.certificates.client import duplicate, inspect_client
from bot.certificates.findings import Code, Finding, Severity, named
from bot.certificates.material import too_large
from bot.certificates.model import Certificate, ClientMaterial, Context, Format, Report, Survey, Use
from bot.certificates.packing import PackingFailed, Runtime, generate_password, pack
from bot.certificates.sniffing import sniff
from bot.certificates.surveying import survey

__all__ = [
    "Certificate",
    "ClientMaterial",
    "Code",
    "Context",
    "Finding",
    "Format",
    "PackingFailed",
    "Report",
    "Runtime",
    "Severity",
    "Survey",
    "Use",
    "duplicate",
    "generate_password",
    "inspect_authorities",
    "inspect_client",
    "named",
    "pack",
    "report_of",
    "sniff",
    "survey",
    "too_expensive",
    "too_large",
]
