// A page that was in a call and was loaded anew goes on with it, if it still goes on.

import { callBefore } from "../../acts/call.js";
import { ears } from "../../line/events.js";
import { api, http } from "../../line/http.js";
import { state } from "../../state/state.js";
import { enterCall } from "./start.js";

async function goOn() {
  const room = callBefore();
  sessionStorage.removeItem("hearth/in-call");
  if (!state.rooms.has(room)) return;
  const { messages } = await http.get(`${api("rooms", room, "messages")}?limit=50`)
    .catch(() => ({ messages: [] }));
  if (messages.some(({ call }) => call && !call.ended_at)) enterCall(room);
}

function hear({ type }) {
  if (type !== "welcome") return;
  ears.delete(hear);
  goOn();
}

if (state.me) goOn();
else ears.add(hear);
