namespace OpenData.Server.Samples.Text;

/// <summary>Words for English samples.</summary>
internal static class English
{
    public static Language Language { get; } = new()
    {
        Code = "en",
        Nouns =
        [
            "housing", "bracket", "guide rail", "slider", "gear", "bearing", "shaft", "spring", "seal", "valve", "conduit", "pump", "motor", "sensor", "controller", "processor", "memory", "circuit board", "electrode", "substrate",
            "thin film", "coating", "transistor", "gate", "insulating layer", "conductive trace", "antenna", "filter", "amplifier", "light source", "lens", "mirror", "prism", "detector", "camera", "display panel", "pixel", "touch layer", "backlight", "battery cell",
            "cathode", "anode", "separator", "electrolyte", "heat sink", "fan", "cooling plate", "heat exchanger", "evaporator", "condenser", "compressor", "nozzle", "mesh", "stirrer", "reactor", "catalyst", "resin", "fiber", "alloy", "powder",
            "slurry", "adhesive", "bolt", "latch", "hinge", "handle", "cover", "drawer", "roller", "belt", "clamp", "cutter", "mold", "robot arm", "end effector", "conveyor", "packet", "message", "user terminal", "base station",
            "server", "gateway", "database", "index", "feature vector", "neural network", "training sample", "loss function", "scheduler", "checksum", "storage unit", "interface", "channel", "time slot", "session key", "antibody", "polypeptide", "enzyme", "carrier", "buffer solution",
            "culture medium", "seed", "soil", "fertilizer", "water tank", "rotor blade", "tower", "vehicle frame", "steering knuckle", "brake disc", "seat", "harness", "catheter", "probe", "support rod", "wafer", "bonding pad", "spacer", "manifold", "diaphragm",
        ],
        Verbs =
        [
            "connect", "fasten", "drive", "adjust", "detect", "control", "support", "seal", "cool", "heat", "compress", "clamp", "convey", "rotate", "displace", "sample", "transmit", "receive", "store", "verify",
            "identify", "compute", "partition", "merge", "filter", "agitate", "coat", "cut", "weld", "bond", "cover", "enclose", "engage", "abut", "mesh with", "couple", "isolate", "energize", "disconnect", "compensate",
            "amplify", "attenuate", "reflect", "refract", "illuminate", "image", "calibrate", "train", "predict", "allocate", "schedule", "release", "absorb", "deposit", "etch", "rinse", "dry", "encapsulate", "stretch", "align",
        ],
        Adjectives =
        [
            "removable", "elastic", "annular", "hollow", "flexible", "rigid", "transparent", "porous", "insulating", "conductive", "wear-resistant", "heat-resistant", "waterproof", "lightweight", "symmetrical", "inclined", "vertical", "horizontal", "adjustable", "telescopic",
            "main", "auxiliary", "inner", "outer", "upper", "lower", "front", "rear", "left", "right", "central", "preset", "target", "standby", "real-time", "dynamic", "static", "encrypted", "initial", "candidate",
        ],
        Properties =
        [
            "thickness", "width", "length", "diameter", "pitch", "temperature", "pressure", "flow rate", "speed", "voltage", "current", "resistance", "frequency", "wavelength", "refractive index", "concentration", "content", "particle size", "porosity", "hardness",
            "strength", "viscosity", "density", "duration", "period", "threshold", "weight", "gain", "phase", "angle",
        ],
        Places =
        [
            "an inner side", "an outer side", "a top", "a bottom", "one end", "the other end", "a middle portion", "an edge", "a surface", "a side wall", "a cavity", "a recess", "a through hole", "an upper part", "a lower part", "a front end", "a rear end", "the corners", "the circumference", "a flange",
        ],
        Manners =
        [
            "sequentially", "simultaneously", "at intervals", "uniformly", "rotatably", "slidably", "tightly", "periodically", "automatically", "gradually", "preferably", "respectively", "alternately", "axially", "radially", "in real time", "in a predetermined order", "at constant speed", "under vacuum", "at room temperature",
        ],
        Clauses =
        [
            "the {N} is configured to {M} {V} the {A} {N}", "a {P} of the {N} is {#} {U}", "the {N} is arranged at {L} of the {N}", "by means of the {N} it is possible to {V} the {N}", "when the {P} of the {N} exceeds {#} {U} the {N} may {V} the {N}",
            "an {A} {N} extends {M} to {L} of the {N}", "so that the {N} can {M} {V} the {N}", "in order to {V} the {N}", "{L} of the {N} is provided with a {A} {N}", "the {N} being passed to the {N}", "the {P} of the {N} is determined from the {P} of the {N}",
            "which is not less than {#} {U}", "the {N} comprises {C} of the {A} {N}", "damage to the {N} is avoided", "the {P} is reduced by about {#} percent", "the {N} is then used to {V} a {N}", "the {N} sends a request to {V} to the {N}",
            "a ratio of {P} to {P} is {#} to {#}", "the {A} {N} may be a {N} or a {N}", "whereupon they {M} {V} the {N} and {V} the {N}",
        ],
        Predicates =
        [
            "comprises a {A} {N}", "is coupled to the {N}", "serves to {V} the {N}", "carries a {N} at {L}", "consists of a {N} and a {N}", "has a {P} of {#} {U}", "may {M} {V} the {N}", "is located at {L} of the {N}", "is held by the {N} which can {V} it", "is joined to the {A} {N}",
        ],
        Openers = ["As shown in the figure, ", "Specifically, ", "Further, ", "Preferably, ", "In this embodiment, ", "It should be noted that ", "In addition, ", "Optionally, ", "In one implementation, ", "Accordingly, ", "In use, ", "Compared with the prior art, ", "Here, ", "Moreover, "],
        Marks = (", ", "; ", ". "),
        Term = ("the ", " (", ") "),
        Titles = ["{A} {N} and method to {V} a {N}", "Device for use with a {A} {N}", "Method and system to {V} a {N}", "{N}, {N} and method of manufacturing the same", "System having a {N} and a {A} {N}", "Apparatus to {M} {V} a {N}", "{A} {N} with {N}"],
        Firms = ["Northfield", "Calder", "Brightwater", "Halvorsen", "Quillon", "Meridian Vale", "Ashgrove", "Tessaly", "Ironbridge", "Larkspur", "Copperline", "Veldt & Marsh", "Oakhaven", "Stellan", "Redshank", "Pinnock", "Fairlane", "Zephyrine", "Kestrel Bay", "Wexmoor"],
        FirmEndings = ["Technologies Inc.", "Devices LLC", "Materials Corporation", "Systems Ltd.", "Therapeutics, Inc.", "Automotive GmbH", "University", "Research Institute", "Energy Co.", "Instruments AG"],
        Families = ["Adler", "Bennett", "Castellano", "Dahl", "Eriksen", "Fontaine", "Garber", "Hollis", "Ivers", "Jansen", "Kowalski", "Lindqvist", "Moreau", "Nakagawa", "O'Rourke", "Petrov", "Quinn", "Rossi", "Singh", "Tanaka", "Ueland", "Voss"],
        Given = ["Alice", "Benjamin", "Chiara", "David", "Elena", "Felix", "Grace", "Henrik", "Ingrid", "James", "Katrin", "Luca", "Maria", "Noah", "Olga", "Peter", "Rana", "Sofia", "Thomas", "Yuki"],
        NameGap = ", ",
        Towns = ["San Jose, CA", "Austin, TX", "Boston, MA", "Ann Arbor, MI", "80336 München", "75008 Paris", "Eindhoven", "Cambridge CB4 0WS", "Zürich", "Portland, OR"],
        Streets = ["{#} Harbor Road", "{#} Mill Lane", "{#} Station Street", "{#} College Avenue", "{#} Orchard Way", "{#} Industrial Parkway"],
        Dependent = "The device according to claim {#}, ",
        Characterized = ", wherein ",
    };
}
