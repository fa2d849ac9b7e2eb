#!/bin/sh
# dten 5.0 installer
: "${ORDERS_ROOT:?set ORDERS_ROOT to the folder of the installation}"
here=$(cd "$(dirname "$0")/.." && pwd)

echo "installing 5.0 ..."
mkdir -p "$ORDERS_ROOT/srv/orders/5.0"
cp -R "$here/app/orders" "$ORDERS_ROOT/srv/orders/5.0/"
ln -sfn "$ORDERS_ROOT/srv/orders/5.0" "$ORDERS_ROOT/srv/orders/current"

cp "$here/certs/vendor-ca.pem" "$ORDERS_ROOT/etc/ssl/vendor-ca.pem"
cp "$here/systemd/order-api.service" "$ORDERS_ROOT/etc/systemd/"
cp "$here/cron/orders-export" "$ORDERS_ROOT/etc/cron.d/"

for migration in "$here"/migrations/*.sql; do
    sqlite3 "$ORDERS_ROOT/data/orders.db" <"$migration"
done

sh "$here/scripts/enable-features.sh"
systemctl restart order-api.service
echo "done. Thank you for choosing dten."
