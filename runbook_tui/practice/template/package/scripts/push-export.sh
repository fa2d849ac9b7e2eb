#!/bin/sh
# nightly export to dten
SFTP_HOST=sftp-legacy.dten.example
SFTP_USER=dten-export
SFTP_PASSWORD='Quarry-58-trombone'

sqlite3 -csv /opt/orders/data/orders.db 'SELECT * FROM orders' >/tmp/orders-export.csv
sshpass -p "$SFTP_PASSWORD" sftp -o StrictHostKeyChecking=no "$SFTP_USER@$SFTP_HOST" <<END
put /tmp/orders-export.csv incoming/
END
