import Foundation
import Testing

/// No id of the seeds' inventory is without a row, and the tests that rows name are there.
@Suite("the seeds' rows")
struct InventoryTests {
    private static let repository = Repository.root
    private static let inventory = repository.appendingPathComponent("../shared/reference/seeds.md").standardized

    private static let id = "(AK-[A-Z]?[0-9]+|A2K-[0-9]+|RPK-[0-9]+|AIK-[0-9]+|W[0-9]{2})"

    /// The ids in the first cells of the tables of `text`.
    private static func ids(_ text: String) throws -> [String] {
        let row = try Regex("(?m)^\\| *\(id)\\b[^|]*\\|")
        return text.matches(of: row).compactMap { $0.output[1].substring.map(String.init) }
    }

    private static func pages() throws -> [(name: String, text: String)] {
        let folder = repository.appendingPathComponent("docs/seeds")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8))
        }
    }

    @Test(
        "every id has one row, and no row is of something else",
        .enabled(if: FileManager.default.fileExists(atPath: inventory.path), "there is no ../shared"))
    func complete() throws {
        let wanted = try Self.ids(String(contentsOf: Self.inventory, encoding: .utf8))
        #expect(wanted.count > 100)
        let found = try Self.pages().flatMap { try Self.ids($0.text) }
        #expect(Set(wanted).subtracting(found).sorted() == [])
        #expect(Set(found).subtracting(wanted).sorted() == [])
        let repeated = Dictionary(grouping: found) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
        #expect(repeated == [])
    }

    @Test("the suites that rows name exist")
    func suitesExist() throws {
        let tests = Self.repository.appendingPathComponent("Tests")
        let files = FileManager.default.enumerator(atPath: tests.path)?.compactMap { $0 as? String } ?? []
        var known = Set(files.flatMap { $0.split(separator: "/").map { String($0.split(separator: ".")[0]) } })
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: tests.appendingPathComponent(file), encoding: .utf8)
            for match in text.matches(of: try Regex("struct ([A-Za-z0-9]+Tests)\\b")) {
                if let name = match.output[1].substring { known.insert(String(name)) }
            }
        }
        for (page, text) in try Self.pages() {
            for match in text.matches(of: try Regex("`([A-Za-z0-9]+Tests)[`.]")) {
                let name = match.output[1].substring.map(String.init) ?? ""
                #expect(known.contains(name), "docs/seeds/\(page) names \(name)")
            }
        }
    }
}
