import Foundation
import Testing

/// Each rule finds what it is there to find, and lets the rest pass.
@Suite struct HouseRulesSelfTests {
    private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

    @Test(
        arguments: [
            ("Sources/StreamCore/A.swift", "import EventLog"),
            ("Sources/EventLog/A.swift", "public import StateStores"),
            ("Sources/Console/A.swift", "import Observability"), ("Sources/Topology/A.swift", "import Operations"),
            ("Sources/Operations/A.swift", "import StreamDSL"), ("Sources/tributary/A.swift", "import StreamTesting"),
            ("Sources/StreamTesting/A.swift", "@testable import AgentOperators"),
            ("Examples/Some/A.swift", "import StreamTesting"), ("Sources/EventLog/A.swift", "import CSQLite"),
            ("Sources/EventLog/Kafka/A.swift", "import CSQLite"), ("Sources/StateStores/A.swift", "import CRocksDB"),
            ("Tests/TopologyTests/A.swift", "import CRdKafka"), ("Sources/Topology/A.swift", "import CShims"),
            ("Sources/Topology/A.swift", "import Logging"),
            ("Sources/Topology/A.swift", "import struct StreamDSL.KStream"),
            ("Sources/NewModule/A.swift", "import StreamCore"),
            ("Sources/Topology/A.swift", "import CAllocationCounter"),
        ])
    func `an arrow that points up or across is found`(_ path: String, _ text: String) {
        #expect(ModuleArrows.check(file(path, "\n\(text)\n")).map(\.line) == [2])
    }

    @Test(
        arguments: [
            (
                "Sources/EventLog/Embedded/A.swift",
                "import CSQLite\nimport CShims\npublic import StreamCore\nimport Foundation"
            ),
            ("Sources/AgentOperators/A.swift", "import StreamDSL\nimport Topology"),
            ("Examples/Some/A.swift", "import AgentOperators"), ("Benchmarks/A.swift", "import CAllocationCounter"),
            ("Tests/StreamCoreTests/A.swift", "import Testing\nimport StreamTesting"),
            ("Sources/StreamCore/A.swift", "// import EventLog\nlet text = \"import EventLog\""),
        ])
    func `an arrow that points down is let pass`(_ path: String, _ text: String) {
        #expect(ModuleArrows.check(file(path, text)) == [])
    }

    @Test func `the manifest's own arrows are read`() {
        let package = """
            library("StreamCore"), library("EventLog", ["StreamCore", "Topology"]),
            .executableTarget(
                name: "tributary", dependencies: ["Operations", "StreamTesting"], swiftSettings: house),
            .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3"),
            """
        #expect(
            Set(ModuleArrows.check(package: package).map(\.message)) == [
                "EventLog must not depend on Topology", "tributary must not depend on StreamTesting",
            ])
        #expect(
            PackageManifest.check(package: package, sources: ["StreamCore", "CSQLite", "Lost"], tests: []).map(\.path)
                == ["Sources/Lost"])
    }

    @Test(
        arguments: [
            "let a: UnsafePointer<Int>", "final class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1",
            "let a: OpaquePointer", "func f(_: UnsafeMutableRawBufferPointer) {}",
        ])
    func `a pointer out of its place is found`(_ text: String) {
        #expect(UnsafeCode.check(file("Sources/Topology/A.swift", text)).count == 1)
        #expect(UnsafeCode.check(file("Sources/EventLog/Kafka/A.swift", "// The library locks.\n" + text)) == [])
    }

    @Test func `an unchecked promise without a reason is found`() {
        #expect(
            UnsafeCode.check(file("Sources/EventLog/Kafka/A.swift", "final class A: @unchecked Sendable {}")).count == 1
        )
        #expect(UnsafeCode.check(file("Sources/Topology/A.swift", "bytes.withUnsafeBytes { $0.count }")) == [])
    }

    @Test func `a long file is found`() {
        let text = String(repeating: "let a = 1\n", count: 401)
        #expect(Sizes.check(file("Sources/Topology/A.swift", text)).map(\.line) == [401])
        #expect(Sizes.check(file("Tests/TopologyTests/A.swift", text)) == [])
        #expect(Sizes.check(file("Tests/TopologyTests/A.swift", text + text)).map(\.line) == [601])
        #expect(Sizes.check(file("Sources/Topology/A.swift", String(text.dropLast(10)))) == [])
    }

    @Test(arguments: [
        "func f()", "init?(\n    a: Int\n)", "subscript(a: Int) -> Int", "func f<A>(a: A) throws -> A\nwhere A: B",
        "deinit",
    ])
    func `a long function is found`(_ declaration: String) {
        let lines = declaration.split(separator: "\n").count
        func text(_ body: Int) -> String {
            "struct S {\n\(declaration) {\n" + String(repeating: "if a { b(\"}\") }\n", count: body) + "}\n}\n"
        }
        #expect(Sizes.check(file("Sources/Topology/A.swift", text(60 - lines))).map(\.line) == [2])
        #expect(Sizes.check(file("Sources/Topology/A.swift", text(59 - lines))) == [])
    }

    @Test func `a requirement without a body is no function`() {
        let text =
            "protocol P {\n    func f(\n        a: Int\n    ) throws -> Int\n    init()\n}\nstruct S {\n"
            + String(repeating: "\n", count: 80) + "}"
        #expect(Sizes.functions(in: file("Sources/Topology/A.swift", text)).isEmpty)
    }

    @Test(
        arguments: [
            "// TODO: later", "/* FIXME */", "let a = try! b()", "let a = b as! C", "fatalError(\"x\")",
            "preconditionFailure()",
            "precondition(a > 0)", "print(1)", "func print(_ a: Int) { print(a) }", "final class LogManager {}",
            "enum StringUtils {}",
        ])
    func `a word without a place is found`(_ text: String) {
        #expect(Words.check(file("Sources/Topology/A.swift", text), exceptions: []).count == 1)
    }

    @Test(
        arguments: [
            "let text = \"TODO: fatalError()\"", "/// Never calls fatalError(), and try! is not used.",
            "FileManager.default.print(1)",
            "let todo = 1", "debugprint(1)", "func print(_ a: Int) {}", "func printLine() { rows.print(1) }",
            "let a = try? b() as? C",
            "let a = \"\\(b ? \"TODO\" : #\"try! \"x\"\"#)\"",
        ])
    func `a word in its place is let pass`(_ text: String) {
        #expect(Words.check(file("Sources/Topology/A.swift", text), exceptions: []) == [])
    }

    @Test func `a benchmark may print, and trap no more than others`() {
        #expect(Words.check(file("Benchmarks/A.swift", "print(1)"), exceptions: []) == [])
        #expect(Words.check(file("Benchmarks/A.swift", "fatalError()"), exceptions: []).count == 1)
        #expect(Words.check(file("Sources/Topology/A.swift", "print(1)"), exceptions: []).count == 1)
    }

    @Test func `code within an interpolation is code`() {
        #expect(
            Words.check(file("Sources/Topology/A.swift", "let a = \"x \\(try! b(\")\")) y\""), exceptions: []).count
                == 1)
    }

    @Test func `an exception holds for its file and word, and must be needed`() {
        let exception = RuleException(path: "Sources/Topology/A.swift", word: "fatalError(", reason: "a test")
        let good = file("Sources/Topology/A.swift", "fatalError()")
        #expect(Words.check(good, exceptions: [exception]) == [])
        #expect(Words.check(file("Sources/Topology/B.swift", "fatalError()"), exceptions: [exception]).count == 1)
        #expect(Words.stale([exception], in: [good]) == [])
        #expect(Words.stale([exception], in: [file("Sources/Topology/A.swift", "")]).count == 1)
    }

    @Test(arguments: [
        "//\n//  A.swift\n//  me", "// Copyright me\nimport A", "let a = 1\n    // let b = f(a)",
        "let a = 1\n// for a in b {", "let a = 1\n// }",
    ])
    func `a header and code in a comment are found`(_ text: String) {
        #expect(Comments.check(file("Sources/Topology/A.swift", text)).count == 1)
    }

    @Test(arguments: [
        "/// A type.\nstruct A {}", "let a = 1  // let us see", "// The log (SQLite) is full.",
        "let a = \"// let b = f(a)\"",
    ])
    func `a comment that says why is let pass`(_ text: String) {
        #expect(Comments.check(file("Sources/Topology/A.swift", "import B\n" + text)) == [])
    }

    @Test(
        arguments: [
            "public struct A {}", "public struct A {\n    public let a: Int\n}",
            "/// A.\npublic struct A: B {\n    public func other() {}\n}",
            "/// A.\npublic struct A {\n    public func hash() {}\n}",
            "/// A.\npublic struct A {\n    // why\n    @inlinable\n    public init() {}\n}",
            "/// A.\npublic enum A {\n    @discardableResult public static func f() {}\n}", "// A.\npublic struct A {}",
            "@available(\n    *, unavailable\n)\npublic struct A {}",
        ])
    func `a public declaration without words is found`(_ text: String) {
        let source = file("Sources/Topology/A.swift", text)
        #expect(!Documentation([source]).check(source).isEmpty)
    }

    @Test(
        arguments: [
            "/// A.\n@frozen\npublic struct A {\n    let a: Int\n}",
            "/// A.\n@frozen\n@available(\n    *, unavailable\n)\npublic struct A {}",
            "struct A: Hashable {\n    public func hash(into: inout Hasher) {}\n}",
            "/// P.\npublic protocol P {\n    /// F.\n    func wake()\n}\nextension A: P {\n    public func wake() {}\n}",
            "extension A: Equatable {\n    @inlinable public static func == (a: A, b: A) -> Bool { true }\n}",
            "public import StreamCore",
            "/// A.\npublic struct A: Error {\n    public var description: String { \"\" }\n}",
        ])
    func `words, and promises of a protocol, are let pass`(_ text: String) {
        let source = file("Sources/Topology/A.swift", text)
        #expect(Documentation([source]).check(source) == [])
    }

    @Test func `a link to nowhere is found`() {
        let text =
            "[a](here.md) [b](gone.md#x) [c](https://x.y) [d](#x)\n```\n[e](gone.md)\n```\n[f](../up.md \"title\")"
        let found = Pages.check(path: "docs/page.md", text: text) { ["docs/here.md", "docs/../up.md"].contains($0) }
        #expect(found == [Violation(path: "docs/page.md", line: 1, message: "no file 'gone.md'")])
    }

    @Test(.enabled(if: Formatter.isAvailable, "this toolchain has no 'swift format'"))
    func `the formatter finds what it should`() throws {
        let path = NSTemporaryDirectory() + "tributary-lint-\(UUID().uuidString).swift"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "let a = b!\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try Formatter.lint([path]).status != 0)
    }
}
