"""Test the list of retired, closed and renamed services."""

from questions.lint.aws_services import CLOSED, OUT_OF_SCOPE, RETIRED, services


def test_the_list_is_valid_and_each_name_is_unique() -> None:
    status, renamed = services()
    names = [service.name for service in status] + [service.name for service in renamed]
    assert len(names) == len(set(names))
    assert {service.status for service in status} == {CLOSED, OUT_OF_SCOPE, RETIRED}
    states = {service.name: (service.status, service.since) for service in status}
    assert states["SageMaker Debugger"] == (CLOSED, "2026-07-30")
    assert states["Amazon Elastic Inference"] == (RETIRED, None)


def test_services_are_recognized_by_their_capitals_and_whole_words() -> None:
    by_name = {service.name: service for service in services()[0]}
    assert by_name["SageMaker Ground Truth"].named_in("Use Ground Truth here")
    assert not by_name["SageMaker Ground Truth"].named_in("compare with ground truth")
    assert not by_name["Amazon Augmented AI"].named_in("the A2IX board")


def test_an_old_name_within_a_longer_or_new_name_is_not_reported() -> None:
    by_name = {service.name: service for service in services()[1]}
    firehose, sagemaker = by_name["Amazon Data Firehose"], by_name["Amazon SageMaker AI"]
    assert firehose.old_name_in("Send it to Kinesis Data Firehose.") == "Kinesis Data Firehose"
    assert not firehose.new_name_in("Send it to Kinesis Data Firehose.")
    assert firehose.new_name_in("Send it to Data Firehose.")
    assert sagemaker.old_name_in("with Amazon SageMaker AI") is None
    assert sagemaker.old_name_in("with Amazon SageMaker today") == "Amazon SageMaker"
