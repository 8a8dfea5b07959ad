// Which rooms were marked unread: they stay so until somebody opens them anew.

const heldBack = new Set();

/** Whoever looks at this room now is not reading it, as they, or another device, said. */
export const holdBack = (room) => heldBack.add(room);

export const isHeldBack = (room) => heldBack.has(room);

/** Somebody opened the room: what they see from now on is read. */
export const release = (room) => heldBack.delete(room);
