import StreamCore
import TestPrograms
import Testing
import Topology

@testable import Workflows

/// Python writes envelopes as Aika does and reads ours.
@Suite(
    "Envelopes with Python", .enabled(if: PythonPeer.has("json"), "make peers has not been run"),
    .timeLimit(.minutes(15)))
struct EnvelopePeerTests {
    @Test("AIK-01: what json.dumps writes is read and written again byte for byte, and Python agrees to what we write")
    func bytes() async throws {
        try await OwnThread.run(named: "envelope peer") {
            let folder = try TemporaryFolder()
            let peer = PythonPeer("Tests/WorkflowsTests/Peers/envelope_peer.py")
            let lines = try peer.run(["make", "3000", "7"], in: folder.path).split(separator: "\n")
            #expect(lines.count == 3_000)
            var camel: [String] = []
            for line in lines {
                let envelope = try Envelope(parsing: Bytes(String(line)))
                let written = envelope.bytes().description
                guard written == line else {
                    Issue.record("Python: \(line)\nhere: \(written)")
                    return
                }
                camel.append(envelope.bytes(.camelCase).description)
            }
            let again = try peer.run(["echo"], input: camel.joined(separator: "\n") + "\n", in: folder.path)
            #expect(again.split(separator: "\n").map { String($0) } == camel)
        }
    }
}
