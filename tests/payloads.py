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

# GitLab, the Slack integration: a failed pipeline, with an author, fields and a footer.
GITLAB: Payload = {
    "username": "GitLab",
    "icon_url": "https://gitlab.example.org/assets/logo.png",
    "text": None,
    "attachments": [
        {
            "fallback": "Pipeline #42 of branch main by Ben Baker has failed",
            "color": "danger",
            "author_name": "Ben Baker (ben)",
            "author_link": "https://gitlab.example.org/ben",
            "title": "Pipeline #42 has failed in 02:15",
            "title_link": "https://gitlab.example.org/team/site/-/pipelines/42",
            "fields": [
                {
                    "title": "Branch",
                    "value": "<https://gitlab.example.org/team/site/-/commits/main|main>",
                    "short": True,
                },
                {
                    "title": "Failed jobs",
                    "value": "<https://gitlab.example.org/team/site/-/jobs/7|test_unit>",
                    "short": False,
                },
            ],
            "footer": "<https://gitlab.example.org/team/site|Team / Site>",
            "ts": 1764000000,
        }
    ],
}

# Uptime Kuma: numbers and blocks inside of an attachment.
UPTIME_KUMA: Payload = {
    "channel": "#status",
    "username": "Uptime Kuma",
    "icon_emoji": ":octagonal_sign:",
    "text": "Uptime Kuma Alert",
    "attachments": [
        {
            "color": "#e01e5a",
            "blocks": [
                {
                    "type": "header",
                    "text": {"type": "plain_text", "text": "Uptime Kuma Alert"},
                },
                {
                    "type": "section",
                    "fields": [
                        {
                            "type": "mrkdwn",
                            "text": "*Message*\nconnect ECONNREFUSED ::1:80",
                        },
                        {"type": "mrkdwn", "text": "*Time (UTC)*\n2026-11-26 20:52:59"},
                    ],
                },
                {
                    "type": "actions",
                    "elements": [
                        {
                            "type": "button",
                            "text": {"type": "plain_text", "text": "Visit site"},
                            "value": "Site",
                            "url": "https://shop.example.org",
                        }
                    ],
                },
            ],
        }
    ],
}

# Sentry: an issue, its title a link in mrkdwn, code and buttons without an address.
SENTRY: Payload = {
    "text": "[site] TypeError: unsupported operand",
    "blocks": [
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": (
                    ":red_circle: "
                    "<https://sentry.example.org/issues/1/?referrer=slack|*TypeError*>"
                ),
            },
            "block_id": '{"issue":1}',
        },
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "```x: int = None &lt; 5```"},
        },
        {
            "type": "context",
            "elements": [
                {"type": "mrkdwn", "text": "State: *New*   First seen: *5 minutes ago*"}
            ],
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Resolve"},
                    "action_id": "resolve_dialog",
                },
                {
                    "type": "static_select",
                    "placeholder": {"type": "plain_text", "text": "Select Assignee..."},
                    "options": [],
                },
            ],
        },
        {
            "type": "context",
            "elements": [
                {
                    "type": "mrkdwn",
                    "text": "Project: <https://sentry.example.org/p/|site> ID: SITE-1",
                }
            ],
        },
    ],
}

# Jenkins, its Slack plugin: one attachment whose fallback says the same.
JENKINS: Payload = {
    "channel": "#builds",
    "as_user": "true",
    "attachments": "[]",
    "text": "",
    "link_names": "1",
    "unfurl_links": "true",
}
JENKINS["attachments"] = [
    {
        "fallback": "site » main - #7 Failure after 1 min 3 sec (<https://ci.example.org/7/|Open>)",
        "text": "site » main - #7 Failure after 1 min 3 sec (<https://ci.example.org/7/|Open>)",
        "color": "danger",
        "mrkdwn_in": ["pretext", "text", "fields"],
        "fields": [
            {"title": "Test Status:", "value": "\tPassed: 3\n\tFailed: 1\n\tSkipped: 0"}
        ],
    }
]

# In the shape of the examples that Slack documents, each by what must be seen of it.
PROGRAMS: dict[str, tuple[Payload, list[str]]] = {
    "Alertmanager": (ALERTMANAGER, ["HighErrorRate", ">how to act</a>", "critical", "🔍"]),
    "Grafana": (
        GRAFANA,
        ["Disk almost full", "<strong>Firing</strong>", "db-1", ">Image</a>"],
    ),
    "Gitea": (GITEA, [">2 new commits</a>", "Use snake_case_names", "&lt;title&gt;"]),
    "GitLab": (
        GITLAB,
        [
            ">Ben Baker (ben)</a>",
            ">Pipeline #42 has failed in 02:15</a></strong>",
            ">main</a>",
            ">test_unit</a>",
            ">Team / Site</a></em>",
        ],
    ),
    "Uptime Kuma": (
        UPTIME_KUMA,
        ["Uptime Kuma Alert</strong>", "ECONNREFUSED ::1:80", "2026-11-26 20:52:59"]
        + [">Visit site</a>"],
    ),
    "Sentry": (
        SENTRY,
        [
            "🔴",
            "<strong>TypeError</strong></a>",
            "x: int = None &lt; 5",
            "<strong>New</strong>",
            ">site</a>",
        ]
        + ["SITE-1"],
    ),
    "Jenkins": (
        JENKINS,
        ["site » main - #7", ">Open</a>", "Failed: 1", ">Test Status:</strong>"],
    ),
    "Slack: text": (
        {
            "text": "Danny Torrence left a 1 star review for your property.\n<https://e.org|See>"
        },
        ["1 star review", ">See</a>"],
    ),
    "Slack: blocks": (BLOCKS, ["Shop is deployed 🚀", ">Open</a>", "from CI"]),
    "Slack: context and picture": (
        {
            "blocks": [
                {
                    "type": "section",
                    "text": {
                        "type": "mrkdwn",
                        "text": "*<https://e.org|Farmhouse>*\n:star:",
                    },
                    "accessory": {
                        "type": "image",
                        "image_url": "https://e.org/a.png",
                        "alt_text": "Haunted hotel image",
                    },
                },
                {
                    "type": "image",
                    "title": {"type": "plain_text", "text": "A _plan_"},
                    "image_url": "https://e.org/b.png",
                    "alt_text": "plan",
                },
                {
                    "type": "context",
                    "elements": [
                        {
                            "type": "image",
                            "image_url": "https://e.org/c.png",
                            "alt_text": "pin",
                        },
                        {"type": "mrkdwn", "text": "Location: *Dogpatch*"},
                    ],
                },
            ]
        },
        [">Farmhouse</a></strong>", "⭐", ">Haunted hotel image</a>", ">A _plan_</a>"]
        + [">pin</a>", "<strong>Dogpatch</strong>"],
    ),
}
