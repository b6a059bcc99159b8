import Foundation
import TestPrograms

/// An OpenAI-compatible chat server in a process of its own, which notes the idempotency key of every call.
///
/// Answers by the words "good" and "bad" in the last message.
final class ChatServer {
    private let program: RunningProgram
    private let calls: String
    let port: Int

    static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3", "/root/.pyenv/shims/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    init(in folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        calls = folder + "/calls.txt"
        let script = folder + "/chat.py"
        try Self.script.write(toFile: script, atomically: true, encoding: .utf8)
        program = try RunningProgram(
            URL(fileURLWithPath: Self.python ?? "/usr/bin/python3"), [script, calls], [:], folder)
        guard program.says("port ", within: 10),
            let port = program.outputText.split(separator: " ").last.flatMap({ Int($0.filter(\.isNumber)) })
        else { throw CocoaError(.featureUnsupported) }
        self.port = port
    }

    /// How often each idempotency key was called.
    var callCounts: [String: Int] {
        let text = (try? String(contentsOfFile: calls, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").reduce(into: [:]) { $0[String($1), default: 0] += 1 }
    }

    /// How long its notes are: grows with every call.
    var bytesNoted: Int {
        (try? FileManager.default.attributesOfItem(atPath: calls))?[.size] as? Int ?? 0
    }

    var environment: [String: String] {
        ["OPENAI_BASE_URL": "http://127.0.0.1:\(port)/v1", "OPENAI_MODEL": "test", "OPENAI_API_KEY": "secret-test-key"]
    }

    private static let script = """
        import asyncio, json, sys

        calls = open(sys.argv[1], "a", buffering=1)

        async def serve(reader, writer):
            try:
                while True:
                    head = await reader.readuntil(b"\\r\\n\\r\\n")
                    headers = {}
                    for line in head.decode("latin-1").split("\\r\\n")[1:]:
                        name, _, value = line.partition(":")
                        headers[name.strip().lower()] = value.strip()
                    body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
                    calls.write(headers.get("idempotency-key", "none") + "\\n")
                    text = body["messages"][-1]["content"]
                    mood = "positive" if "good" in text else "negative" if "bad" in text else "neutral"
                    answer = {"sentiment": mood, "score": {"positive": 1, "negative": -1, "neutral": 0}[mood]}
                    reply = {"choices": [{"message": {"role": "assistant", "content": json.dumps(answer)}}]}
                    data = json.dumps(reply).encode()
                    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: "
                                 + str(len(data)).encode() + b"\\r\\n\\r\\n" + data)
                    await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                writer.close()

        async def main():
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            print("port", server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()

        asyncio.run(main())
        """
}
