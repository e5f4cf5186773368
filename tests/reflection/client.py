#!/usr/bin/env python3
"""A client of a Piaolian node that has no code of the project.

    client.py ADDRESS TOKEN_FILE RECEIPT.xml

It learns services and messages from the node by gRPC reflection, issues the
receipt of a national XML file and asks for it, for its history and for its
verification. Needs grpcio and grpcio-reflection. Ends with 1 if anything is
not as it should be.
"""

import datetime
import pathlib
import re
import sys
import time

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict, MessageToJson
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
TIMEOUT_S = 30


class Node:
    """Calls any method by its name, as reflection describes it."""

    def __init__(self, address, token):
        self.channel = grpc.insecure_channel(address)
        self.metadata = [("authorization", f"Bearer {token}")]
        self.database = ProtoReflectionDescriptorDatabase(self.channel)
        self.pool = DescriptorPool(self.database)

    def services(self):
        return sorted(self.database.get_services())

    def methods(self, service):
        return [method.name for method in self.pool.FindServiceByName(service).methods]

    def call(self, service, method, **fields):
        described = self.pool.FindServiceByName(f"piaolian.v1.{service}").FindMethodByName(method)
        request = GetMessageClass(described.input_type)(**fields)
        answer = GetMessageClass(described.output_type)
        stub = self.channel.unary_unary(
            f"/piaolian.v1.{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        return stub(request, metadata=self.metadata, timeout=TIMEOUT_S)


def fresh(xml):
    """The same receipt as if made now: today's date, a business number of its own."""
    today = datetime.datetime.now(BEIJING).strftime("%Y%m%d")
    xml = re.sub(r"<IssueDate>\d+<", f"<IssueDate>{today}<", xml)
    return re.sub(r"<BizCode>[^<]*<", f"<BizCode>MZ{today}-{time.time_ns()}<", xml)


def field(xml, name):
    return re.search(rf"<{name}>([^<]*)<", xml).group(1)


def show(title, message):
    print(f"== {title}\n{MessageToJson(message, ensure_ascii=False, preserving_proto_field_name=True)}")


def main(address, token_file, xml_file):
    node = Node(address, pathlib.Path(token_file).read_text().strip())
    for service in node.services():
        print(f"{service}: {', '.join(node.methods(service))}")

    xml = fresh(pathlib.Path(xml_file).read_text(encoding="utf-8"))
    files = [{"name": pathlib.Path(xml_file).name, "xml": xml.encode()}]
    issued = node.call("ReceiptService", "ImportReceipts", files=files)
    show("issued", issued)
    receipt = issued.outcomes[0].receipt
    if not receipt.code:
        return "the receipt was not issued"

    got = node.call("ReceiptService", "GetReceipt", receipt=receipt)
    show("what the ledger knows of it", got)
    record = got.receipt.record
    show("its history", node.call("ReceiptService", "GetReceiptHistory", receipt=receipt))
    verified = node.call(
        "ReceiptService",
        "VerifyReceipt",
        receipt=receipt,
        check_code=field(xml, "RandomNumber"),
        issue_date=int(field(xml, "IssueDate")),
        total_fen=record.total_fen,
    )
    show("its verification", verified)
    yuan, fen = divmod(record.total_fen, 100)
    if f"{yuan}.{fen:02}" != field(xml, "TotalAmount"):
        return "the amount on the ledger is not the receipt's"
    if MessageToDict(verified)["check"]["result"] != "VERIFY_RESULT_MATCHED":
        return "the verification does not match"
    return None


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
