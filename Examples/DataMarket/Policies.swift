import TaskMarket

/// What everybody pays and takes.
enum Policies {
    /// Pays up to 120; haggles in steps of four fifths, at most three times.
    static let buyer = RequesterPolicy(
        onOffer: .accept(upTo: 120, else: .rounds(3, .counter(times: 0.8, withoutPrice: 60), then: .refuse("too dear")))
    )

    /// Specialists: take reports and analyses at the price that is asked, from 40 on; below that they name their own.
    static let analysts = ProviderPolicy(
        capability: .words("analysis", "report", "forecast"),
        whenCapable: .accept(atLeast: 40, else: .counter(45)),
        onCounter: .accept(atLeast: 40, else: .refuse("we cannot do it for that")))

    /// Generalists: do everything but always try for half as much again.
    static let agency = ProviderPolicy(
        capability: .anything, whenCapable: .counter(times: 1.5, atLeast: 60, withoutPrice: 90),
        onCounter: .accept(
            atLeast: 70, else: .rounds(3, .counter(times: 1.1, atLeast: 70, withoutPrice: 90), then: .refuse("enough")))
    )
}
