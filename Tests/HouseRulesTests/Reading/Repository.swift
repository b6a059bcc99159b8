import Foundation

/// The repository that these tests were built from.
enum Repository {
    /// Its root, found from where this file lay when it was compiled.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// All Swift sources of ours, read once.
    static let sources: [SourceFile] = ["Sources", "Examples", "Benchmarks", "Tests"].flatMap { folder in
        paths(under: folder, endingWith: ".swift").compactMap { path in
            contents(path).map { SourceFile(path: path, text: $0) }
        }
    }

    /// The pages of documentation, by path.
    static var pages: [String] {
        let top = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        return top.filter { $0.hasSuffix(".md") }.sorted()
            + ["docs", "Examples", "Benchmarks", "Sources"].flatMap { paths(under: $0, endingWith: ".md") }
    }

    /// The text of a file, by its path from the root; nil when it cannot be read.
    static func contents(_ path: String) -> String? {
        try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).standardizedFileURL.path)
    }

    /// The names of the folders directly under `folder`.
    static func folders(in folder: String) -> [String] {
        let path = root.appendingPathComponent(folder).path
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted().filter { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder)
            return exists && isFolder.boolValue && !name.hasPrefix(".")
        }
    }

    private static func paths(under folder: String, endingWith ending: String) -> [String] {
        let base = root.appendingPathComponent(folder).resolvingSymlinksInPath()
        guard let walk = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return walk.compactMap { $0 as? String }.filter { $0.hasSuffix(ending) && !$0.contains(".build/") }
            .sorted().map { "\(folder)/\($0)" }
    }
}
