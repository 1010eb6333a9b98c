"""Tests of Certdesk. They begin at a moment of their own (:mod:`tests.today`)."""

from tests.today import begin

begin()
