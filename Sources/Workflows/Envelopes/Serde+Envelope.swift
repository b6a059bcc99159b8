public import StreamCore

extension Serde where Value == Envelope {
    /// Aika's messages: written in Aika's snake_case, read in both spellings.
    public static var envelope: Serde<Envelope> { .envelope(.snakeCase) }

    /// Aika's messages: written in `spelling`, read in both.
    ///
    /// Its name is `json`, so that tools show stored messages.
    public static func envelope(_ spelling: EnvelopeSpelling) -> Serde<Envelope> {
        Serde(
            description: "json", encode: { envelope, writer in writer.append(envelope.bytes(spelling)) },
            decode: { bytes in
                do {
                    return try Envelope(parsing: bytes)
                } catch {
                    throw SerdeError(.malformed, serde: "envelope", reason: "\(error)")
                }
            })
    }
}

extension Envelope: HasStandardSerde {
    /// Messages are written as Aika writes them, by ``StreamCore/Serde/envelope``.
    public static var standardSerde: Serde<Envelope> { .envelope }
}

extension Topic where Key == String?, Value == Envelope {
    /// A topic of Aika's messages; Aika's own keys are the senders' ids, others may have none.
    public static func envelopes(_ name: String, spelling: EnvelopeSpelling = .snakeCase) -> Topic {
        Topic(name, key: .optional(.string), value: .envelope(spelling))
    }
}

/// The topics that Aika's document names.
public enum AikaTopics {
    /// What agents are told to do.
    public static let commands = Topic.envelopes("aika.commands")
    /// What has happened.
    public static let events = Topic.envelopes("aika.events")
    /// What people get to know.
    public static let notifications = Topic.envelopes("aika.notifications")
    /// Every message in and out, for whoever must account for it.
    public static let audit = Topic("aika.audit", key: .string, value: Serde<AuditEntry>.json())

    /// The topic of an agent, or of agents of one kind: `aika.agent.risk`.
    public static func agent(_ name: String) -> Topic<String?, Envelope> { .envelopes("aika.agent.\(name)") }
}
