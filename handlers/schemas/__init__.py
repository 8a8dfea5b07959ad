"""What is asked, answered and said over the socket."""
