import Foundation
import Testing

/// The rules of the house, over the repository's own files.
@Suite struct HouseRulesTests {
    private func expectNone(_ violations: [Violation]) {
        for violation in violations { Issue.record("\(violation)") }
    }

    @Test func `there is something to check`() {
        #expect(Repository.sources.count > 50)
        #expect(Set(Repository.sources.map(\.area)) == ["Sources", "Examples", "Benchmarks", "Tests"])
    }

    @Test func `arrows between modules point down and C stays in its folders`() throws {
        expectNone(Repository.sources.flatMap(ModuleArrows.check))
        expectNone(ModuleArrows.check(package: try #require(Repository.contents("Package.swift"))))
    }

    @Test func `pointers stay where something is wrapped`() {
        expectNone(Repository.sources.flatMap { UnsafeCode.check($0) })
    }

    @Test func `files and functions are short`() {
        expectNone(Repository.sources.flatMap(Sizes.check))
    }

    @Test func `nothing is unfinished and nothing traps`() {
        expectNone(Repository.sources.flatMap { Words.check($0) })
        expectNone(Words.stale(RuleException.all, in: Repository.sources))
    }

    @Test func `comments say why and have no headers`() {
        expectNone(Repository.sources.flatMap(Comments.check))
    }

    @Test func `public declarations are documented`() {
        let rule = Documentation(Repository.sources)
        expectNone(Repository.sources.flatMap(rule.check))
    }

    @Test func `every folder is a target`() throws {
        let package = try #require(Repository.contents("Package.swift"))
        // These two hold targets that are no tests themselves.
        let shelves = ["Programs", "Support"]
        let tests = Repository.folders(in: "Tests").filter { !shelves.contains($0) }
        let held = shelves.flatMap { Repository.folders(in: "Tests/\($0)") }
        expectNone(
            PackageManifest.check(package: package, sources: Repository.folders(in: "Sources"), tests: tests + held))
    }

    @Test func `links between pages lead somewhere`() {
        for page in Repository.pages {
            expectNone(Pages.check(path: page, text: Repository.contents(page) ?? "", exists: Repository.exists))
        }
    }

    @Test func `the changelog has a place for what is not released`() throws {
        let changelog = try #require(Repository.contents("CHANGELOG.md"))
        #expect(changelog.contains("## [Unreleased]"))
    }

    @Test func `the test command of the README is the one that CI runs`() throws {
        #expect(try #require(Repository.contents("README.md")).contains("make test"))
        #expect(try #require(Repository.contents(".ci/run")).contains("make test"))
    }

    @Test(.enabled(if: Formatter.isAvailable, "this toolchain has no 'swift format'"))
    func `the formatter has nothing to say`() throws {
        let (status, text) = try Formatter.lint(["Package.swift", "Sources", "Tests", "Examples", "Benchmarks"])
        #expect(status == 0, "\(text)")
    }
}

/// The toolchain's formatter.
enum Formatter {
    static let isAvailable = (try? run(["format", "--version"]))?.status == 0

    static func lint(_ paths: [String]) throws -> (status: Int32, text: String) {
        try run(
            ["format", "lint", "--strict", "--recursive", "--parallel", "--configuration", ".swift-format"] + paths)
    }

    private static func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swift"] + arguments
        process.currentDirectoryURL = Repository.root
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
