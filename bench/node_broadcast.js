// Node's ws. The port is the only argument.
const { WebSocketServer } = require("ws");

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });

server.on("connection", (socket, request) => {
  const name = request.url.split("/")[1];
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(socket));
  socket.on("message", (text) => room.forEach((each) => each.send(text, { binary: false })));
  socket.on("close", () => room.delete(socket));
  socket.on("error", () => {});
});
