"""Notifications: what somebody is told of, and on which of their devices."""

from aiohttp import hdrs, web

from handlers.push.encryption import check_keys
from handlers.push.notice import Notice
from handlers.schemas import forms, responses
from handlers.services import ACCESS, ORIGIN, SERVICES, USER
from handlers.web import bodies, routes
from handlers.web.auth import require_still, signed_in
from handlers.web.base_path import home
from handlers.web.json_response import json_response
from handlers.web.security_log import note
from store import users
from store.access import MAX_AGENT_CHARS
from store.errors import ApiError, Conflict, Invalid
from store.push import devices
from store.records import Device, now

MAX_HOME_CHARS = 300  # of our address, which a request may have made up


async def show_notifications(request: web.Request) -> web.Response:
    """Show what the asker is told of, and on which devices."""
    services, current = request.app[SERVICES], request[ACCESS].id
    found = await devices.of_users(services.db, [request[USER].name])
    user = await users.require(services.db, request[USER].name)
    shown = [_shown(each, current) for each in found]
    key = services.delivery.public_key
    return json_response(responses.Notifications.of(user, key=key, devices=shown))


async def change_notifications(request: web.Request) -> web.Response:
    """Choose what the asker is told of in rooms that are new to them."""
    form = await bodies.read(request, forms.Notify)
    services = request.app[SERVICES]
    await users.change(services.db, request[USER].name, notify=form.notify)
    return await show_notifications(request)


async def add_device(request: web.Request) -> web.Response:
    """Tell the asker on this device, until their session ends there."""
    form = await bodies.read(request, forms.AddDevice)
    services, session = request.app[SERVICES], signed_in(request)
    try:
        check_keys(form.endpoint, form.keys.p256dh)
    except ValueError as error:
        raise Invalid(str(error)) from None
    device = Device(
        id=devices.id_of(form.endpoint),
        user=session.user,
        session=session.id,
        endpoint=form.endpoint,
        p256dh=form.keys.p256dh,
        auth=form.keys.auth,
        home=f"{request[ORIGIN]}{home(request)}"[:MAX_HOME_CHARS],
        user_agent=request.headers.get(hdrs.USER_AGENT, "")[:MAX_AGENT_CHARS],
        created_at=now(),
    )
    is_new = await devices.put(services.db, device, session.expires_at)
    try:
        await require_still(services, session)
    except ApiError:  # The session ended meanwhile; this must not outlive it.
        await devices.end(services.db, device)
        raise
    services.notices.users.add(device.user)
    if is_new:
        note("device_added", device=device.id)
    return json_response(_shown(device, session.id), status=201)


async def remove_device(request: web.Request) -> web.Response:
    """Tell one of the asker's devices nothing more."""
    id = request.match_info["id"]
    await devices.remove(request.app[SERVICES].db, request[USER].name, id)
    note("device_removed", device=id)
    return web.Response(status=204)


async def test_devices(request: web.Request) -> web.Response:
    """Send a push to the asker's device, so that they see how it looks."""
    services, session = request.app[SERVICES], signed_in(request)
    found = await devices.of_users(services.db, [session.user])
    mine = [device for device in found if device.session == session.id]
    if not mine:
        raise Conflict("Nobody is told on this device; switch it on first.")
    services.rates.test_pushes.take(session.user)
    words = "This is how you are told of what you have not seen."
    for device in mine:
        services.delivery.put(device, Notice("", 0, "", "", words, is_urgent=True))
    return web.Response(status=204)


def _shown(device: Device, current: str) -> responses.Device:
    return responses.Device.of(device, current=device.session == current)


_PATH = "/api/notifications"
ROUTES = [
    routes.get(_PATH, show_notifications, responses.Notifications),
    routes.patch(_PATH, change_notifications, responses.Notifications, body=forms.Notify),
    routes.post(
        f"{_PATH}/devices",
        add_device,
        responses.Device,
        status=(201,),
        body=forms.AddDevice,
        refuses=(409,),
    ),
    routes.delete(f"{_PATH}/devices/{{id}}", remove_device),
    routes.post(f"{_PATH}/test", test_devices, refuses=(409,)),
]
