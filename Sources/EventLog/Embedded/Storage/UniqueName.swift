/// Makes names that no other process, machine or start makes: random UUIDs (version 4).
enum UniqueName {
    /// A new name of 36 characters.
    static func make() -> String {
        var random = SystemRandomNumberGenerator()
        var bytes = (0..<16).map { _ in random.next() as UInt8 }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        var name = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { name += "-" }
            name += byte < 16 ? "0" : ""
            name += String(byte, radix: 16)
        }
        return name
    }
}
