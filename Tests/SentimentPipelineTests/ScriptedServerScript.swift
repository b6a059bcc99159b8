extension ScriptedServer {
    /// The server, in Python: the first part of the path says how it answers.
    ///
    /// It prints its port, and ends when its standard input does, so that it cannot outlive the test.
    static let script = #"""
        import http.server, json, os, select, socket, sys, threading, time

        seen, closed, lock = [], [], threading.Lock()
        good = '{"sentiment": "positive", "score": 0.8}'

        def completion(text):
            return json.dumps({"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]})

        texts = {
            "good": good, "fenced": "```json\n" + good + "\n```", "bare-fence": "\n```\n" + good + "\n```  \n",
            "padded": "  \n" + good + "\n\n", "garbage": "I think it is rather positive!", "empty": "",
            "extra": '{"sentiment": "positive", "score": 0.8, "why": "nice"}', "far": '{"sentiment": "positive", "score": 3}',
            "against": '{"sentiment": "positive", "score": -0.8}', "text-score": '{"sentiment": "positive", "score": "0.8"}',
            "other-word": '{"sentiment": "great", "score": 0.8}', "array": "[" + good + "]", "two": good + good,
            "null": None,
        }
        statuses = {
            "busy": (429, {"Retry-After": "7"}, '{"error": {"message": "slow down"}}'),
            "busy-date": (429, {"Retry-After": "Mon, 05 Jan 2026 09:00:30 GMT"}, ""),
            "busy-mute": (429, {}, ""), "no-credit": (429, {}, '{"error": {"code": "insufficient_quota"}}'),
            "resting": (503, {"Retry-After": "2"}, "come back"), "broken": (500, {}, "<html>oops</html>"),
            "refused": (400, {}, '{"error": {"message": "temperature is not welcome"}}'), "missing": (404, {}, "no such model"),
            "forbidden": (403, {}, "no"), "no-completion": (200, {}, '{"ok": true}'), "html": (200, {}, "<html></html>"),
            "no-choices": (200, {}, '{"choices": []}'), "no-body": (200, {}, ""), "binary": (200, {}, "\x00\x01\x02"),
            "empty-redirect": (302, {}, ""),
        }

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments): pass

            def answer(self, status, body, headers={}):
                data = body.encode()
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                with lock: self.answer(200, json.dumps({"seen": seen, "closed": closed}))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                scenario = self.path.split("/")[1]
                with lock:
                    seen.append({"path": self.path, "body": body, "headers": {k.lower(): v for k, v in self.headers.items()}})
                    count = len(seen)
                if scenario in texts: return self.answer(200, completion(texts[scenario]))
                if scenario in statuses:
                    status, headers, text = statuses[scenario]
                    return self.answer(status, text, headers)
                getattr(self, scenario.replace("-", "_"))(body, count)

            def echo_key(self, body, count):
                self.answer(401, "Incorrect API key provided: " + self.headers.get("Authorization", "none"))

            def says_key(self, body, count):
                self.answer(200, completion("your key is " + self.headers.get("Authorization", "none")))

            def no_schema(self, body, count):
                if "json_schema" in body:
                    return self.answer(400, '{"error": {"message": "response_format of type json_schema is not supported"}}')
                self.answer(200, completion(good))

            def no_format(self, body, count):
                if "response_format" in body: return self.answer(422, '{"detail": "unknown field response_format"}')
                self.answer(200, completion(good))

            def never_format(self, body, count): self.answer(400, "response_format is wrong, whatever you send")

            def redirect(self, body, count):
                self.answer(307, "", {"Location": "http://localhost:%d/good/v1/chat/completions" % self.server.server_port})

            def hangup(self, body, count): self.close_connection = True

            def nonsense(self, body, count):
                self.wfile.write(b"\x7f\x00 this is not HTTP \r\n\r\n")
                self.close_connection = True

            def cut(self, body, count):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"choi")
                self.close_connection = True

            def slow(self, body, count):
                for _ in range(6000):
                    if self.is_closed():
                        with lock: closed.append(self.path)
                        self.close_connection = True
                        return
                    time.sleep(0.05)

            def drip(self, body, count):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                try:
                    for _ in range(6000):
                        self.wfile.write(b" ")
                        self.wfile.flush()
                        time.sleep(0.05)
                except OSError:
                    with lock: closed.append(self.path)
                self.close_connection = True

            def is_closed(self):
                ready, _, _ = select.select([self.connection], [], [], 0)
                return bool(ready) and self.connection.recv(1, socket.MSG_PEEK) == b""

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, address): pass

        server = Server(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        os._exit(0)
        """#
}
