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

function hear() {
  if (state.line.status !== "open") return;
  ears.delete(hear);
  goOn();
}

// What was kept, and HTTP, say who I am before there is a socket to join by.
ears.add(hear);
hear();
