"""What well-known programs send to a Slack webhook, in the shape that they document."""

from typing import Any

Payload = dict[str, Any]

# Prometheus Alertmanager, `slack_configs`: everything is in one attachment.
ALERTMANAGER: Payload = {
    "channel": "#alerts",
    "username": "Alertmanager",
    "icon_emoji": ":fire:",
    "attachments": [
        {
            "title": "[FIRING:2] HighErrorRate (api critical)",
            "title_link": "http://alerts.example.org:9093/#/alerts?receiver=team-x",
            "pretext": "",
            "text": (
                "*Summary:* Over 5 % of requests fail\n"
                "*Runbook:* <https://wiki.example.org/runbooks/error_rate|how to act>\n"
                "   • *instance:* `api-1:9100`\n   • *instance:* `api-2:9100`\n"
            ),
            "fallback": "[FIRING:2] HighErrorRate | http://alerts.example.org:9093",
            "callback_id": "",
            "fields": [
                {"title": "Severity", "value": "critical", "short": True},
                {"title": "Job", "value": "api_server", "short": True},
            ],
            "actions": [
                {
                    "type": "button",
                    "text": "Query :mag:",
                    "url": "http://prom.example.org/g",
                }
            ],
            "footer": "",
            "color": "danger",
            "mrkdwn_in": ["fallback", "pretext", "text"],
        }
    ],
}

# Grafana, the Slack contact point with an incoming webhook and a mention of the channel.
GRAFANA: Payload = {
    "channel": "#alerts",
    "username": "Grafana",
    "icon_url": "https://grafana.example.org/public/img/grafana_icon.svg",
    "attachments": [
        {
            "title": "[FIRING:1] Disk almost full (db-1 storage)",
            "title_link": "https://grafana.example.org/alerting/grafana/abc/view?orgId=1",
            "text": (
                "**Firing**\n\nValue: B=91.4, C=1\nLabels:\n - alertname = DiskFull\n"
                " - instance = db-1\nAnnotations:\n - summary = /var has 8 % left\n"
                "Source: https://grafana.example.org/alerting/grafana/abc/view?orgId=1\n"
            ),
            "image_url": "https://grafana.example.org/render/abc.png",
            "fallback": "[FIRING:1] Disk almost full (db-1 storage)",
            "footer": "Grafana v12.2.0",
            "footer_icon": "https://grafana.com/static/assets/img/fav32.png",
            "color": "#D63232",
            "ts": 1764000000,
            "pretext": "<!here|here> <@ann>",
            "mrkdwn_in": ["pretext"],
        }
    ],
}

# Gitea, a webhook of type Slack: a push of two commits.
GITEA: Payload = {
    "channel": "#builds",
    "text": (
        "[<https://git.example.org/team/site|team/site>:"
        "<https://git.example.org/team/site/src/branch/main|main>] "
        "<https://git.example.org/team/site/compare/1f2e3d...9a8b7c|2 new commits> "
        "pushed by ben"
    ),
    "username": "Gitea",
    "icon_url": "https://git.example.org/assets/img/favicon.png",
    "unfurl_links": 0,
    "link_names": 0,
    "attachments": [
        {
            "fallback": "",
            "color": "#2f855a",
            "title": "https://git.example.org/team/site",
            "title_link": "https://git.example.org/team/site",
            "text": (
                "<https://git.example.org/team/site/commit/1f2e3d4|1f2e3d4>: "
                "Escape &lt;title&gt; &amp; co - Ben Baker\n"
                "<https://git.example.org/team/site/commit/9a8b7c6|9a8b7c6>: "
                "Use snake_case_names - Ben Baker"
            ),
        }
    ],
}

# Slack's own blocks, as its libraries make them.
BLOCKS: Payload = {
    "text": "Deployed shop to production",
    "blocks": [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": "Shop is deployed :rocket:"},
        },
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": "Version *2.4* is _live_ on <https://s.example.org>",
            },
            "fields": [
                {"type": "mrkdwn", "text": "*Took*\n3 min"},
                {"type": "mrkdwn", "text": "*By*\n<@ann>"},
            ],
            "accessory": {
                "type": "button",
                "text": {"type": "plain_text", "text": "Open"},
                "url": "https://ci.example.org/1",
            },
        },
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "plain_text", "text": "from CI"}]},
    ],
}
