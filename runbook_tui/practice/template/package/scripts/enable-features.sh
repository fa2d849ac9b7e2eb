#!/bin/sh
# switches on what is new in 5.0
: "${ORDERS_ROOT:?}"
here=$(cd "$(dirname "$0")/.." && pwd)

cp "$here/config/flags.json" "$ORDERS_ROOT/flagd/flags.json"

curl -fsS -X POST "https://127.0.0.1:@PARTNER_NEW_PORT@/webhooks" \
    -k -H "Authorization: Bearer $PARTNER_TOKEN" -H "Content-Type: application/json" \
    -d '{"url": "http://127.0.0.1:@ORDERS_PORT@/partner/events", "created_by": "dten installer"}'
