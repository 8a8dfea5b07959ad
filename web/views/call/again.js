// A page that was in a call and was loaded anew goes on with it, if it still goes on.

import { callBefore } from "../../acts/call.js";
import { messagesOf } from "../../acts/history.js";
import { ears } from "../../line/events.js";
import { state } from "../../state/state.js";
import { enterCall } from "./start.js";

async function goOn() {
  const room = callBefore();
  if (!state.rooms.has(room)) return;
  const { messages } = await messagesOf(room).catch(() => ({ messages: [] }));
  if (messages.some(({ call }) => call && !call.ended_at)) enterCall(room);
}

function hear({ type }) {
  if (type !== "welcome") return;
  ears.delete(hear);
  goOn();
}

// What was kept says who I am before there is a line to join by.
if (state.line.welcomes) goOn();
else ears.add(hear);
