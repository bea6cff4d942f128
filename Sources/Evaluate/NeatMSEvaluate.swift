import ArgumentParser
@main struct NeatMSEvaluate: ParsableCommand { static let configuration = CommandConfiguration(commandName: "neatms-evaluate") }
