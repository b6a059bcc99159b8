/// Which names can name a topic, a store and a folder at once.
enum NameRules {
    static func check(_ name: String, what: String) throws(TopologyError) {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard allowed, !name.isEmpty, name.utf8.count <= 200, name != ".", name != ".." else {
            throw TopologyError(
                .invalidName,
                "'\(name)' cannot name a \(what): use 1 to 200 of the characters A-Z a-z 0-9 . _ -")
        }
    }
}
