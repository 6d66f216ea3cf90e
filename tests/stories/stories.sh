# The stories of tests/stories, told once more through the services and PostgreSQL: what stands afterwards must be the same as
# in memory.
set -u
. "$(dirname "$0")/../database/cluster.sh"
. "$(dirname "$0")/../database/office_site.sh"
"$MINGDA_BUILD/tests/test_stories"
