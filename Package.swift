// swift-tools-version: 6.0
import PackageDescription

// `NEATMS_DIST_MPI=mpich swift build` builds against MPICH instead of Open MPI.
let mpiPackage = Context.environment["NEATMS_DIST_MPI"] == "mpich" ? "mpich" : "ompi-c"

let package = Package(
  name: "neatms-dist",
  products: [
    .executable(name: "neatms-dist", targets: ["neatms-dist"]),
    .executable(name: "neatms-evaluate", targets: ["neatms-evaluate"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // C libraries of the system, and the shims over them.
    .systemLibrary(
      name: "COpenMPI", pkgConfig: mpiPackage,
      providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
    .systemLibrary(
      name: "CHDF5Library", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(
      name: "CXML2Library", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CZlibLibrary", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CDeflateLibrary", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .target(name: "CMPI", dependencies: ["COpenMPI"]),
    .target(name: "CHDF5", dependencies: ["CHDF5Library"]),
    .target(name: "CInflate", dependencies: ["CDeflateLibrary"]),
    .target(name: "CSandbox"),
    .target(
      name: "CMzML", dependencies: ["CXML2Library", "CZlibLibrary"],
      cSettings: [.unsafeFlags(["-O3"], .when(configuration: .release))]),
    .target(
      name: "CKernels",
      cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"], .when(configuration: .release))],
      linkerSettings: [.linkedLibrary("blis")]),

    // The house, bottom up: a target imports only targets above it in this list.
    .target(name: "Support"),
    .target(name: "Isolation", dependencies: ["Support", "CSandbox"]),
    .target(name: "HDF5", dependencies: ["Support", "CHDF5"]),
    .target(name: "Collectives", dependencies: ["Support", "CMPI"]),
    .target(name: "Model", dependencies: ["Support", "CKernels"]),
    .target(name: "PeakData", dependencies: ["Support", "Isolation", "HDF5", "CInflate", "CMzML"]),
    .target(
      name: "KerasFile", dependencies: ["Support", "Isolation", "HDF5", "Model", "CInflate"]),
    .target(name: "Evaluation", dependencies: ["Support", "Model", "PeakData"]),
    .target(
      name: "DistTrainer",
      dependencies: [
        "Support", "Isolation", "HDF5", "Model", "Collectives", "PeakData", "KerasFile",
      ]),

    .target(
      name: "Experiments",
      dependencies: ["Support", "Collectives", "Model", "PeakData", "KerasFile"]),

    // The tools.
    .executableTarget(
      name: "neatms-evaluate",
      dependencies: [
        "Support", "Isolation", "Model", "PeakData", "KerasFile", "Evaluation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Evaluate"),
    .executableTarget(
      name: "neatms-dist",
      dependencies: [
        "Support", "Isolation", "Model", "Collectives", "PeakData", "KerasFile", "DistTrainer",
        "Experiments", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // What several test targets share: running programs and MPI jobs, finding data.
    .target(name: "TestTools", dependencies: ["Support"], path: "Tests/TestTools"),
    // The checks of every communicator, and the program that runs them under mpirun.
    .target(
      name: "CollectivesSuite", dependencies: ["Collectives", "Support"],
      path: "Tests/CollectivesSuite"),
    .executableTarget(
      name: "mpi-suite", dependencies: ["Collectives", "CollectivesSuite", "CMPI", "Support"],
      path: "Tests/MPISuite"),

    // Counts what training steps allocate, for tests.
    .target(name: "AllocationCount", path: "Tests/AllocationCount"),
    .executableTarget(
      name: "step-suite",
      dependencies: ["AllocationCount", "Collectives", "DistTrainer", "Model", "Support"],
      path: "Tests/StepSuite"),

    // Reads raw files over the ranks of mpirun, for tests.
    .executableTarget(
      name: "raw-file-suite", dependencies: ["Collectives", "Experiments", "PeakData", "Support"],
      path: "Tests/RawFileSuite"),

    // Reads damaged and hostile files by the thousand, for tests.
    .executableTarget(
      name: "model-reader-suite",
      dependencies: ["CSandbox", "Isolation", "KerasFile", "PeakData", "Support"],
      path: "Tests/ModelReaderSuite"),

    // Predicts with models of any format, for scripts/keras-matrix.sh.
    .executableTarget(
      name: "matrix-suite", dependencies: ["KerasFile", "Model", "Support"],
      path: "Tests/MatrixSuite"),

    // Runs Python (Keras, h5py) in tests.
    .target(name: "PythonTesting", path: "Tests/PythonTesting"),
    .testTarget(name: "SupportTests", dependencies: ["Support"]),
    .testTarget(
      name: "ModelTests", dependencies: ["CKernels", "Model", "Support"], exclude: ["Fixtures"]),
    .testTarget(
      name: "CollectivesTests",
      dependencies: ["Collectives", "CollectivesSuite", "Support", "TestTools"]),
    .testTarget(
      name: "PeakDataTests",
      dependencies: ["PeakData", "HDF5", "Support", "PythonTesting", "TestTools"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: [
        "Experiments", "Collectives", "PeakData", "KerasFile", "Model", "Support",
        "PythonTesting", "TestTools",
      ]),
    .testTarget(
      name: "KerasFileTests",
      dependencies: ["KerasFile", "HDF5", "Model", "Support", "PythonTesting"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Evaluation", "KerasFile", "Model", "PeakData", "Support", "TestTools", "PythonTesting",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "DistTrainerTests",
      dependencies: [
        "DistTrainer", "Model", "Collectives", "PeakData", "KerasFile", "Support", "TestTools",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "CommandTests",
      dependencies: ["KerasFile", "Model", "PeakData", "PythonTesting", "Support", "TestTools"]),
  ],
  swiftLanguageModes: [.v6]
)
