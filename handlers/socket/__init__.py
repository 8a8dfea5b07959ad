"""The socket: from the handshake to the last frame."""
