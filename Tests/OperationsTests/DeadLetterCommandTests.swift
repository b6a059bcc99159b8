import EventLog
import JSON
import Foundation
import StreamCore
import StreamDSL
import Testing
import Topology

/// `dlq`, on the dead letters of real applications.
@Suite("Dead letters by the tool", .timeLimit(.minutes(15)))
struct DeadLetterCommandTests {
    private static let orders = Topic("orders", key: .string, value: .string)
    private static let charged = Topic("charged", key: .string, value: .string)

    private struct Refused: Error, CustomStringConvertible {
        let description = "the card was refused"
    }

    /// Charges orders; those that begin with `bad` fail unless `isMended`.
    private static func shop(_ name: String = "shop", isMended: Bool = false) throws -> StreamTopology {
        try StreamTopology(name) {
            orders.stream()
                .map(named: "charge") { record in
                    if record.value.hasPrefix("bad"), !isMended { throw Refused() }
                    return (record.key, record.value)
                }
                .to(charged)
        }
    }

    private func withLetters(_ body: (CommandWorld) async throws -> Void) async throws {
        try await withWorld { world async throws in
            try world.append("orders", [("a", "bad 1"), ("b", "good"), ("c", "bad 2")].map { (Bytes($0), Bytes($1)) })
            try await world.work(Self.shop())
            try await body(world)
        }
    }

    @Test func `letters are listed with their story, as a table and as JSON`() async throws {
        try await withLetters { world async throws in
            let table = await world.run("dlq list")
            #expect(table.code == 0, "\(table.errors)")
            #expect(
                table.output == """
                    ID                     STATUS  STEP    STAGE    SOURCE      KEY  ERROR
                    shop-dead-letters-0@0  open    charge  process  orders-0@0  a    the card was refused
                    shop-dead-letters-0@1  open    charge  process  orders-0@2  c    the card was refused

                    """)
            let rows = try #require(try await world.run("dlq list -o json").document.elements)
            #expect(rows.map { $0["id"] } == ["shop-dead-letters-0@0", "shop-dead-letters-0@1"])
            #expect(rows.map { $0["application"] } == ["shop", "shop"])
            #expect(rows[0]["timestamp"] == "2023-11-14T22:13:20.000Z")
            #expect(await world.run("dlq list -o name").output == "shop-dead-letters-0@0\nshop-dead-letters-0@1\n")
            #expect(await world.run("dlq list -o csv").output.hasPrefix("id,status,step,stage,source,key,"))
            let shown = try await world.run("dlq show 0@1 -o json").document
            #expect(shown["value"] == "bad 2")
            #expect(shown["error"] == "the card was refused")
            #expect(shown["offset"] == 2)
        }
    }

    @Test func `filters choose by application, step, stage, reason and time`() async throws {
        try await withLetters { world async throws in
            for (filter, count) in [
                ("-a shop", 2), ("--step charge", 2), ("--step other", 0), ("--stage process", 2),
                ("--stage decode", 0), ("--reason CARD", 2), ("--reason stolen", 0), ("--limit 1", 1),
                ("--since 2023-11-14T22:13:20.001Z", 1), ("--until 2023-11-14T22:13:20.001Z", 1), ("--since 15m", 0),
            ] {
                let outcome = await world.run("dlq list -J \(filter)")
                #expect(outcome.code == 0)
                #expect(try outcome.lines.count == count, "\(filter)")
            }
            #expect(await world.run("dlq list -a nobody").code == 3)
            #expect(await world.run("dlq list --since yesterday").code == 2)
        }
    }

    @Test func `a letter that is sent again is processed as it came, once, and listed as retried`() async throws {
        try await withLetters { world async throws in
            let sent = await world.run("dlq retry shop-dead-letters-0@0")
            #expect(sent.code == 0, "\(sent.errors)")
            #expect(sent.output.contains("orders-0@3"))
            let record = try #require(try world.records("orders").last)
            #expect(record.value == Bytes("bad 1"))
            #expect(record.key == Bytes("a"))
            #expect(record.timestamp.milliseconds == 1_700_000_000_000)
            #expect(!record.headers.entries.contains { $0.name.hasPrefix("tributary.error.") })
            #expect(record.headers["tributary.retry-of"] == "shop-dead-letters-0@0")
            try await world.work(Self.shop(isMended: true))
            #expect(try world.records("charged").map(\.value) == [Bytes("good"), Bytes("bad 1")])

            let again = await world.run("dlq retry 0@0")
            #expect(again.code == 6)
            #expect(again.errors.contains("was sent again by tester at "))
            #expect(try world.records("orders").count == 4)
            #expect(try await world.run("dlq list -J").lines.map { $0["id"] } == ["shop-dead-letters-0@1"])
            let all = try await world.run("dlq list -J --all").lines
            #expect(all.map { $0["status"] } == ["retried", "open"])
            #expect(await world.run("dlq retry 0@0 --again").code == 0)
            #expect(try world.records("orders").count == 5)
        }
    }

    @Test func `a letter that fails again says how often it was sent`() async throws {
        try await withLetters { world async throws in
            _ = await world.run("dlq retry 0@1")
            try await world.work(Self.shop())
            let rows = try await world.run("dlq list -J").lines
            #expect(rows.map { $0["retries"] } == [0, 1])
            _ = await world.run("dlq retry 0@2")
            #expect(try world.records("orders").last?.headers["tributary.retry-count"] == "2")
        }
    }

    @Test func `all are sent only when that is said twice`() async throws {
        try await withLetters { world async throws in
            let plan = await world.run("dlq retry --all --step charge")
            #expect(plan.code == 0)
            #expect(plan.errors.contains("nothing was done: these 2 would be sent again with --execute"))
            #expect(try world.records("orders").count == 3)
            let done = try await world.run("dlq retry --all --step charge --execute -J").lines
            #expect(done.map { $0["result"] } == ["retried", "retried"])
            #expect(done.map { $0["destination"] } == ["orders-0@3", "orders-0@4"])
            #expect(try world.records("orders").count == 5)
            #expect(try await world.run("dlq list -J").lines.isEmpty)
            #expect(try await world.run("dlq retry --all --execute -J").lines.isEmpty)
        }
    }

    @Test func `a dropped letter is not listed and not sent`() async throws {
        try await withLetters { world async throws in
            #expect(await world.run("dlq drop 0@0 --by ann").code == 0)
            #expect(try await world.run("dlq list -J").lines.map { $0["id"] } == ["shop-dead-letters-0@1"])
            #expect(await world.run("dlq drop 0@0").code == 6)
            #expect(await world.run("dlq retry 0@0").code == 6)
            #expect(await world.run("dlq retry 0@0 0@1").code == 7)
            #expect(await world.run("dlq drop --all").errors.contains("these 0 would be dropped"))
            #expect(try await world.run("dlq show 0@0 -J").document["handled"]?["by"] == "ann")
        }
    }

    @Test func `what is wrong has its exit code and a hint`() async throws {
        try await withLetters { world async throws in
            for (line, code) in [
                ("dlq show 0@99", 3), ("dlq show 7@0", 3), ("dlq show other-0@0", 3), ("dlq show nonsense", 2),
                ("dlq show x@y", 2), ("dlq retry", 2), ("dlq retry --all 0@0", 2), ("dlq retry 0@0 --to nowhere", 3),
                ("dlq show -1@0", 2), ("dlq show 0@99999999999999999999", 2), ("dlq frobnicate", 2),
            ] {
                let outcome = await world.run(line)
                #expect(outcome.code == Int32(code), "\(line): \(outcome.errors)")
                #expect(outcome.output.isEmpty)
                #expect(outcome.errors.contains("error: "), "\(line)")
            }
            let elsewhere = await world.run("dlq list --data-dir", "/nowhere/at/all", isElsewhere: true)
            #expect(elsewhere.code == 3)
        }
    }

    @Test func `letters of two applications are told apart`() async throws {
        try await withLetters { world async throws in
            try await world.work(Self.shop("other"))
            #expect(try await world.run("dlq list -J").lines.count == 4)
            #expect(try await world.run("dlq list -J -a other").lines.count == 2)
            let unclear = await world.run("dlq show 0@0")
            #expect(unclear.code == 2)
            #expect(unclear.errors.contains("other-dead-letters-0@0"))
            #expect(try await world.run("dlq show 0@0 -a other -J").document["application"] == "other")
        }
    }

    @Test func `binary keys and values, nulls and garbage among the letters do no harm`() async throws {
        try await withWorld { world async throws in
            let binary = Bytes([0xff, 0x00, 0x1b, 0x5b])
            try world.append("orders", [(binary, Bytes("good")), (Bytes("k"), binary)])
            try await world.work(Self.shop())
            try world.append("shop-dead-letters", [(nil, nil), (binary, binary)])
            let rows = try await world.run("dlq list -J").lines
            #expect(rows.count == 4)
            #expect(!(await world.run("dlq list").output.utf8.contains(0x1b)))
            #expect(rows[0]["key"]?["encoding"] == "base64")
            #expect(await world.run("dlq show 0@1").code == 0)
            #expect(await world.run("dlq retry 0@0").code == 0)
            #expect(try world.records("orders").last?.key == binary)
            let nobody = await world.run("dlq retry 0@2")
            #expect(nobody.code == 1)
            #expect(nobody.errors.contains("does not say where it came from"))
            #expect(await world.run("dlq retry 0@3 --to orders").code == 0)
            try world.append("shop-dead-letters-handled", [(Bytes("0@1"), binary), (nil, nil)])
            #expect(await world.run("dlq list").code == 7)
        }
    }

    @Test func `a letter whose topic is gone says so`() async throws {
        try await withLetters { world async throws in
            try world.log.deleteTopic("orders")
            let gone = await world.run("dlq retry 0@0")
            #expect(gone.code == 3)
            #expect(gone.errors.contains("'orders', which is not there any more"))
            try world.append("elsewhere", [])
            #expect(await world.run("dlq retry 0@0 --to elsewhere").code == 0)
            #expect(try world.records("elsewhere").count == 1)
        }
    }
}
