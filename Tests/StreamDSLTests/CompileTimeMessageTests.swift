import Foundation
import Testing

/// What the compiler says to mistakes in a topology: one line that names the mistake.
@Suite("Compile-time messages", .timeLimit(.minutes(15)))
struct CompileTimeMessageTests {
    /// A mistake and the message it must give.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let name: String
        let statement: String
        let message: String
        var testDescription: String { name }
    }

    static let mistakes = [
        Mistake(
            name: "a stream without a sink", statement: "payments.stream().filter { $0.value.cents > 0 }",
            message:
                "'buildExpression' is unavailable: this stream goes nowhere: end it with 'to' or 'forEach', or bind it with 'let'"
        ),
        Mistake(
            name: "a table left over", statement: "customers.table(store: \"customers\")",
            message:
                "'buildExpression' is unavailable: this table goes nowhere: end it with 'changes().to', or bind it with 'let'"
        ),
        Mistake(
            name: "a join on another key type",
            statement: "payments.stream().join(numbered.table(store: \"n\")) { p, _ in p }.to(kept)",
            message:
                "cannot convert value of type 'KTable<Int, Customer>' to expected argument type 'KTable<String, Customer>'"
        ),
        Mistake(
            name: "a typo in a closure", statement: "payments.stream().filter { $0.value.cent > 0 }.to(kept)",
            message: "value of type 'Payment' has no member 'cent'"),
        Mistake(
            name: "a sink of another type", statement: "payments.stream().mapValues { $0.cents }.to(kept)",
            message: "cannot convert value of type 'Int' to closure result type 'Payment'"),
        Mistake(
            name: "a store without a name", statement: "payments.stream().grouped().count().updates().to(counts)",
            message: "missing argument for parameter 'store' in call"),
        Mistake(
            name: "no such branch",
            statement: """
                payments.stream().split(into: Size.self, named: "s") { _ in .small }[.medium].to(kept)
                """,
            message: "type 'Size' has no member 'medium'"),
        Mistake(
            name: "shared state in an operator",
            statement: "payments.stream().filter { _ in counter.count > 0 }.to(kept)",
            message: "capture of 'counter' with non-Sendable type 'Counter' in a '@Sendable' closure"),
        Mistake(
            name: "async work in an operator", statement: "payments.stream().mapValues(slow).to(counts)",
            message:
                "cannot pass function of type '@Sendable (Payment) async -> Int' to parameter expecting synchronous function type"
        ),
    ]

    @Test(.enabled(if: TypeChecker.standard != nil, "needs the build folder and swiftc"), arguments: mistakes)
    func `a mistake gives its message`(mistake: Mistake) throws {
        let output = try #require(TypeChecker.standard).check(Self.source(mistake.statement))
        #expect(output.contains("error: \(mistake.message)"), "\(output)")
    }

    @Test(.enabled(if: TypeChecker.standard != nil, "needs the build folder and swiftc"))
    func `what is right passes`() throws {
        let output = try #require(TypeChecker.standard).check(
            Self.source("payments.stream().filter { $0.value.cents > 0 }.to(kept)"))
        #expect(!output.contains("error:"), "\(output)")
    }

    @Test(.enabled(if: TypeChecker.standard != nil, "needs the build folder and swiftc"))
    func `a stream that nobody uses is a warning`() throws {
        let output = try #require(TypeChecker.standard).check(
            Self.source("let small = payments.stream()\n        payments.stream().to(kept)"))
        #expect(output.contains("warning: initialization of immutable value 'small' was never used"), "\(output)")
    }

    private static func source(_ statement: String) -> String {
        """
        import StreamDSL
        struct Payment: Codable, Sendable { var cents: Int }
        struct Customer: Codable, Sendable { var name: String }
        enum Size: CaseIterable { case small, large }
        final class Counter { var count = 0 }
        func slow(_ payment: Payment) async -> Int { payment.cents }
        func build() throws -> StreamTopology {
            let payments = Topic("payments", key: .string, value: .json(Payment.self))
            let customers = Topic("customers", key: .string, value: .json(Customer.self))
            let numbered = Topic("numbered", key: .int, value: .json(Customer.self))
            let kept = Topic("kept", key: .string, value: .json(Payment.self))
            let counts = Topic("counts", key: .string, value: .int)
            let counter = Counter()
            return try StreamTopology("app") {
                \(statement)
            }
        }
        """
    }
}

/// Type-checks a file against the modules that were built with the tests.
struct TypeChecker {
    let modules: String
    let sources: String

    static let standard = TypeChecker()

    private init?() {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        modules = tests.deletingLastPathComponent().appendingPathComponent("Modules").path
        sources =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources").path
        guard FileManager.default.fileExists(atPath: modules + "/StreamDSL.swiftmodule") else { return nil }
    }

    /// What the compiler says of `source`.
    func check(_ source: String) throws -> String {
        let file = NSTemporaryDirectory() + "tributary-check-\(UUID().uuidString).swift"
        try source.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["swiftc", "-typecheck", "-swift-version", "6", "-I", modules]
            + ["CRocksDB", "CRdKafka", "CSQLite", "CMicroHTTPD", "CYAML", "CAvro"].flatMap {
                ["-Xcc", "-fmodule-map-file=\(sources)/\($0)/module.modulemap"]
            } + ["-Xcc", "-fmodule-map-file=\(modules)/../CShims.build/module.modulemap", file]
        process.standardError = pipe
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
