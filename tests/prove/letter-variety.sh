#!/bin/bash
# 1,000 varied letters, each as ODT and as DOCX, valid in LibreOffice, xmlsec1 and our verifier.
MINGDA_LETTERS=1000 MINGDA_BOTH=1 exec bash "${MINGDA_SOURCE:?}/tests/unit/letter-variety.sh"
