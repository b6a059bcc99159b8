import Foundation
import TestPrograms

/// A service that takes money, in a process of its own: does what it is asked once for each key, and notes every call.
///
/// Each call takes a few milliseconds before and after it counts, so that its caller may die on either side.
final class ChargeLedger {
    private let program: RunningProgram
    private let effects: String
    private let calls: String
    private let port: Int

    init(in folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        (effects, calls) = ("\(folder)/effects.txt", "\(folder)/calls.txt")
        let script = folder + "/ledger.py"
        try Self.script.write(toFile: script, atomically: true, encoding: .utf8)
        program = try RunningProgram(
            URL(fileURLWithPath: ChatServer.python ?? "/usr/bin/python3"), [script, effects, calls], [:], folder)
        guard program.says("port ", within: 10),
            let port = program.outputText.split(separator: " ").last.flatMap({ Int($0.filter(\.isNumber)) })
        else { throw CocoaError(.featureUnsupported) }
        self.port = port
    }

    var environment: [String: String] { ["TRIBUTARY_CHARGES_URL": "http://127.0.0.1:\(port)"] }

    /// How long its notes are: grows with every call.
    var bytesNoted: Int { (try? FileManager.default.attributesOfItem(atPath: calls))?[.size] as? Int ?? 0 }

    /// How many calls there were.
    var callCount: Int { Self.lines(calls).count }

    /// How often what was done: `order step`.
    var done: [String: Int] { Self.lines(effects).reduce(into: [:]) { $0[$1, default: 0] += 1 } }

    private static func lines(_ path: String) -> [String] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    private static let script = """
        import asyncio, random, sys

        effects = open(sys.argv[1], "a", buffering=1)
        calls = open(sys.argv[2], "a", buffering=1)
        known = set()

        async def answer(path, key):
            calls.write(path + " " + key + "\\n")
            if path == "known":
                return "yes" if key in known else "no"
            mode, order, step = path.split("/")
            await asyncio.sleep(random.random() * 0.004)
            if mode == "plain" or key not in known:
                known.add(key)
                effects.write(order + " " + step + "\\n")
            await asyncio.sleep(random.random() * 0.004)
            return "done"

        async def serve(reader, writer):
            try:
                while True:
                    head = await reader.readuntil(b"\\r\\n\\r\\n")
                    lines = head.decode("latin-1").split("\\r\\n")
                    headers = {}
                    for line in lines[1:]:
                        name, _, value = line.partition(":")
                        headers[name.strip().lower()] = value.strip()
                    body = int(headers.get("content-length", "0"))
                    if body:
                        await reader.readexactly(body)
                    text = await answer(lines[0].split(" ")[1].lstrip("/"), headers.get("idempotency-key", ""))
                    writer.write(("HTTP/1.1 200 OK\\r\\ncontent-length: %d\\r\\n\\r\\n%s" % (len(text), text)).encode())
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
