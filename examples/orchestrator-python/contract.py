"""The messages of the contract, made while the program runs from a descriptor set (npx buf build -o signalbox.binpb)."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


class Contract:
    def __init__(self, path):
        """Reads a descriptor set, whose files are in an order in which each comes after those that it imports."""
        files = descriptor_pb2.FileDescriptorSet()
        with open(path, "rb") as descriptors:
            files.ParseFromString(descriptors.read())
        self._pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self._pool.AddSerializedFile(file.SerializeToString())

    def message(self, name):
        """The class of a message: "signalbox.runs.v1.ReportRequest"."""
        descriptor = self._pool.FindMessageTypeByName(name)
        if hasattr(message_factory, "GetMessageClass"):
            return message_factory.GetMessageClass(descriptor)
        return message_factory.MessageFactory(self._pool).GetPrototype(descriptor)  # protobuf before 4.22
