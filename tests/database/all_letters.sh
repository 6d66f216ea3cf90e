# Each letter and each internal sheet of the catalogue is composed from the facts of a dossier that was walked to it.
set -u
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/office_site.sh"
"$MINGDA_BUILD/tests/test_all_letters"
