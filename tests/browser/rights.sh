#!/bin/bash
# Who may reach what, asked as programs do: an applicant another's application or the office's forms, an officer what is the
# clock's or the house's to do, an agency another agency's dossiers, a stranger anything. And what each of them is answered.
set -u
. "$(dirname "$0")/site.sh"
failed=0 passed=0
JSON='Accept: application/json'

same() { # same NAME GOT WANTED
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        printf 'FAILED %s: %s, wanted %s\n' "$1" "$2" "$3"
        failed=$((failed + 1))
    fi
}
lacks() { # lacks NAME TEXT...: nothing of it in the last answer
    local name=$1 text
    shift
    for text in "$@"; do same "$name does not tell $text" "$(grep -cF "$text" "$SITE.body")" 0; done
}
value() { # value PATH: of the last answer, a.b.0
    node -e 'let v=JSON.parse(require("fs").readFileSync(process.argv[1]));
        for(const k of process.argv[2].split("."))v=v==null?v:v[k];console.log(v===undefined?"":v)' "$SITE.body" "$1"
}
as() { # as WHO METHOD PATH [JSON [CURL…]]: prints the status; the answer is in $SITE.body
    local who=$1 method=$2 path=$3 body=${4:-}
    shift 3
    [ $# = 0 ] || shift
    curl -s -o "$SITE.body" -w '%{http_code}' --max-time 30 -b "$SITE.$who" -c "$SITE.$who" -H "$JSON" -X "$method" \
        ${body:+-H 'Content-Type: application/json' --data "$body"} "$@" "$MINGDA_BASE$path"
}
sign_in() { # sign_in LOGIN
    same "$1 signs in" "$(as "$1" POST /login "{\"login\": \"$1\", \"password\": \"$MINGDA_PASSWORD\"}")" 200
}
application() { # application NAME SUBMISSION
    printf '{"category": "natural", "name": "%s", "id_kind": "passport", "id_number": "护照号码写成了中文的人", "phone":
        "02155555555", "delivery": "electronic", "item_1": "某化工园区应急演练记录", "submission": "%s"}' "$1" "$2"
}
uuid() { cat /proc/sys/kernel/random/uuid; }
clean() { rm -f "$SITE".*; }

site_start || exit 1

# An application by a program: number, query code and due date; the same once more when the same comes again.
first=$(uuid)
same 'an application is made' "$(as nobody POST /apply "$(application 申请人甲 "$first")")" 201
ref=$(value ref) code=$(value code)
same 'its due date is told' "$(value due | grep -cE '^[0-9]{4}-[0-9]{2}-[0-9]{2}$')" 1
same 'the same again is answered the same' "$(as other POST /apply "$(application 申请人甲 "$first")")" 201
same 'and is the same application' "$(value ref) $(value code)" "$ref $code"
same 'also to the same visitor' "$(as nobody POST /apply "$(application 申请人甲 "$first")")" 201
same 'who is told number and code' "$(value ref) $(value code)" "$ref $code"
same 'another says something else under the same id' "$(as third POST /apply "$(application 申请人乙 "$first")")" 409
lacks 'the refusal' "$code"
same 'a second application' "$(as applicant2 POST /apply "$(application 申请人乙 "$(uuid)")")" 201
ref2=$(value ref) code2=$(value code)

# An applicant reaches their own application and nothing else.
same 'no ticket, no page' "$(as nobody GET "/track/$ref")" 403
same 'a wrong code' "$(as nobody POST /track "{\"ref\": \"$ref\", \"code\": \"0000000000\"}")" 422
wrong=$(sed 's/"exchange":"[0-9a-f]*"//' "$SITE.body")
same 'an unknown number' "$(as nobody POST /track '{"ref": "SQ00000000000000000", "code": "0000000000"}')" 422
same 'is answered as a wrong code is' "$(sed 's/"exchange":"[0-9a-f]*"//' "$SITE.body")" "$wrong"
same 'the right code' "$(as applicant POST /track "{\"ref\": \"$ref\", \"code\": \"$code\"}")" 200
same 'their own' "$(as applicant GET "/track/$ref")" 200
same "another's" "$(as applicant GET "/track/$ref2")" 403
lacks "another's" 申请人乙
same "another's code for their own" "$(as nobody POST /track "{\"ref\": \"$ref\", \"code\": \"$code2\"}")" 422
same "the office's page" "$(as applicant GET "/dossiers/$ref")" 401
same 'the queue' "$(as applicant GET /queue)" 401
for path in assigned 'assigned?child=zz' 'approved?child=L1' 'approved?child=zz' overdue registered; do
    same "the office's form $path" "$(as applicant GET "/track/$ref/events/$path")" 403
    lacks "the form $path" chengban handler_name '"person"'
done
same "the office's act" "$(as applicant POST "/track/$ref/events/registered" '{}')" 403
same "the office's act, with a child" "$(as applicant POST "/track/$ref/events/assigned" '{"child": "zz"}')" 403
same 'no letter yet' "$(as applicant GET "/track/$ref/letters/L1.odt")" 404
same 'never the preview' "$(as applicant GET "/track/$ref/letters/L1.html")" 404

# An officer: what is theirs, and what is the clock's, the house's or somebody else's.
for login in shouli chengban lingdao shenji; do sign_in "$login"; done
same 'the dossier with a number in Chinese' "$(as shouli GET "/dossiers/$ref")" 200
same 'is told in whole characters' "$(value dossier.0.id_number)$(value dossier.id_number)" '护照号******的人'
same "the clock's event" "$(as shouli POST "/dossiers/$ref/events/overdue" '{}')" 403
same "the applicant's event by a stranger to it" "$(as chengban POST "/dossiers/$ref/events/withdrawn" '{}')" 403
same 'registration' "$(as shouli POST "/dossiers/$ref/events/registered" '{"seq": 1}')" 201
same 'on what was seen before' "$(as shouli POST "/dossiers/$ref/events/registered" '{"seq": 1}')" 409
same 'once more' "$(as shouli POST "/dossiers/$ref/events/registered" '{}')" 422
for member in rule sentence status title detail; do
    same "a refusal has $member" "$([ -n "$(value $member)" ] && echo yes)" yes
done
same 'and article and fact' "$(node -e 'const p=JSON.parse(require("fs").readFileSync(process.argv[1]));
    console.log("article" in p && "fact" in p)' "$SITE.body")" true
same "a receipt by hand" "$(as chengban POST "/dossiers/$ref2/events/drafted" '{"template": "D01"}')" 422
same 'an invented child' "$(as chengban POST "/dossiers/$ref/events/drafted" '{"template": "R02", "child": "L77"}')" 422
same 'a day to come' "$(as shouli POST "/dossiers/$ref2/events/registered" '{"on": "2030-01-01"}')" 422
same 'a form about no letter' "$(as lingdao GET "/dossiers/$ref/events/approved?child=L9")" 404
same 'a form about a broken name' "$(as lingdao GET "/dossiers/$ref/events/approved?child=%0d%0aX-Y:%201")" 404
same 'the same in a browser' "$(as lingdao GET "/dossiers/$ref/events/approved?child=%0d%0aX-Y:%201" '' -H 'Accept: text/html')" 404
same 'an event that there is not' "$(as shouli GET "/dossiers/$ref/events/erased")" 404
same "the auditors' page" "$(as shouli GET /audit)" 403
same "the auditors' page, to an auditor" "$(as shenji GET /audit)" 200
same 'an auditor acts' "$(as shenji POST "/dossiers/$ref2/events/registered" '{}')" 403

# Other sites, and forms without their token.
same 'from another origin' "$(as shouli POST "/dossiers/$ref2/events/registered" '{}' -H 'Origin: http://evil.example')" 403
same 'a form without a token' "$(as shouli POST "/dossiers/$ref2/events/registered" '' --data-urlencode seq=1)" 403
same 'nothing was done' "$(site_sql "SELECT count(*) FROM mingda.fact f JOIN mingda.dossier_number n USING (dossier_id)
    WHERE n.ref = '$ref2'")" 1

# Another agency's officer.
site_sql "UPDATE mingda.person_role SET agency_id = 2 WHERE person_id = (SELECT person_id FROM mingda.person WHERE login = 'baomi')"
sign_in baomi
same "another agency's dossier" "$(as baomi GET "/dossiers/$ref")" 404
same "another agency's event" "$(as baomi POST "/dossiers/$ref/events/registered" '{}')" 404
same "another agency's letter" "$(as baomi GET "/dossiers/$ref/letters/L1.odt")" 404
same 'a role that was taken away, in a session that goes on' "$(site_sql "DELETE FROM mingda.person_role WHERE person_id =
    (SELECT person_id FROM mingda.person WHERE login = 'shouli')" && as shouli POST "/dossiers/$ref2/events/registered" '{}')" 403

clean
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
