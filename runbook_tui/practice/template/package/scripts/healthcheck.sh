#!/bin/sh
# is the service up?
systemctl is-active --quiet order-api.service || systemctl restart order-api.service
