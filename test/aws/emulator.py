"""
MiniStack with what it drops of CloudFormation and Secrets Manager, with groups of a FIFO queue in parallel, with whole logs, and
with IAM's name of an action. No schedule starts a function by itself. It ends when the process that started it has ended.
"""

import functools
import json
import os
import queue
import re
import select
import signal
import sys
import threading
import time

if "FAKETIME" in os.environ:
    # under a shifted clock time.sleep fails: https://github.com/wolfcw/libfaketime/issues/426
    time.sleep = lambda seconds: select.select([], [], [], seconds)

import ministack.core.lambda_runtime as runtime
import ministack.services.athena as athena
import ministack.services.cloudformation.provisioners as provisioners
import ministack.services.dynamodb as dynamodb
import ministack.services.lambda_svc as lambda_service
import ministack.services.scheduler as scheduler
import ministack.services.secretsmanager as secrets


def after(kind, apply):
    """Calls apply(physical id, properties) once MiniStack has created or updated a resource of this kind."""
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    for operation, properties_at in (("create", 1), ("update", 2)):
        original = handlers[operation]

        @functools.wraps(original)
        def wrapped(*args, original=original, properties_at=properties_at, **kwargs):
            result = original(*args, **kwargs)
            apply(result[0] if isinstance(result, tuple) else args[0], args[properties_at])
            return result

        handlers[operation] = wrapped


def keep_concurrency(name, properties):
    reserved = properties.get("ReservedConcurrentExecutions")
    lambda_service._functions[name]["concurrency"] = None if reserved is None else int(reserved)


def keep_time_to_live(name, properties):
    if properties.get("TimeToLiveSpecification"):
        dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": properties["TimeToLiveSpecification"]})


def make_saved_queries():
    """MiniStack has saved queries of Athena, but CloudFormation does not make them."""

    def create(logical_id, properties, stack_name):
        _, _, body = athena._create_named_query(properties)
        query = json.loads(body)["NamedQueryId"]
        return query, {"NamedQueryId": query}

    # CloudFormation replaces a saved query that changes
    def update(physical_id, old_properties, new_properties, stack_name):
        delete(physical_id, old_properties)
        return create(physical_id, new_properties, stack_name)

    def delete(physical_id, properties):
        athena._delete_named_query({"NamedQueryId": physical_id})

    assert "AWS::Athena::NamedQuery" not in provisioners._RESOURCE_HANDLERS
    provisioners._RESOURCE_HANDLERS["AWS::Athena::NamedQuery"] = {
        "create": create,
        "update": update,
        "delete": delete,
    }


def import_bucket_policies():
    """CloudFormation imports the policy of a bucket; MiniStack imports buckets, tables and log groups."""

    def take(identifier):
        return f"{identifier['Bucket']}-policy", {}

    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::BucketPolicy"]
    assert "import" not in handlers
    handlers["import"] = take


def ask_for_sending():
    """IAM knows no action of its own for sending in a batch: AWS asks for sqs:SendMessage."""
    import ministack.core.iam_actions as iam_actions

    original = iam_actions._action_from_target

    def action_of(headers):
        action = original(headers)
        return "SendMessage" if action == "SendMessageBatch" else action

    iam_actions._action_from_target = action_of


def work_on_groups_at_once():
    """MiniStack works on one batch of a FIFO queue at a time, because a batch may have several groups. A batch of one has one."""
    original = lambda_service._sqs_esm_concurrency

    @functools.wraps(original)
    def wrapped(esm, function, config, queue=None):
        return original(esm, function, config, None if int(esm["BatchSize"]) == 1 else queue)

    lambda_service._sqs_esm_concurrency = wrapped


def read_whole_logs():
    """MiniStack waits at most 250 ms for what a function has logged. On a busy machine lines are lost, so a mark ends each log."""
    mark = "end of the invocation's log"
    script = runtime._NODEJS_WORKER_SCRIPT
    answers = re.compile(r"_realStdoutWrite\(JSON\.stringify\((?!\{ status: \"ready\")")
    assert len(answers.findall(script)) == 6
    runtime._NODEJS_WORKER_SCRIPT = answers.sub(lambda found: f"_stderrWrite({json.dumps(mark)} + '\\n'); {found[0]}", script)

    def drain(worker):
        lines = []
        while True:
            ended = not worker._stderr_thread.is_alive()
            try:
                line = worker._stderr_queue.get_nowait()
            except queue.Empty:
                # a process that died has written no mark
                if ended:
                    break
                time.sleep(0.001)
                continue
            # an unfinished line may be before the mark
            text = line.removesuffix(mark)
            if text or line == "":
                lines.append(text)
            if line != text:
                break
        return "\n".join(lines)

    assert callable(runtime.Worker._drain_stderr_bounded)
    runtime.Worker._drain_stderr_bounded = drain


def refuse_second_text():
    """As AWS documents PutSecretValue: a version id that is known keeps its text, and another text under it is refused."""
    original = secrets._put_secret_value

    @functools.wraps(original)
    def wrapped(data):
        _, secret = secrets._resolve(data.get("SecretId"))
        known = secret and secret["Versions"].get(data.get("ClientRequestToken"))
        if known is None or known["SecretString"] == data.get("SecretString"):
            return original(data)
        return secrets.error_response_json("ResourceExistsException", "another text has this version id", 400)

    secrets._put_secret_value = wrapped


def fire_no_schedule():
    """A test invokes a schedule's function when it needs it: what it sees does not depend on how long the run takes."""
    assert callable(scheduler.start_scheduler)
    scheduler.start_scheduler = lambda: None


def end_with_parent():
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    after("AWS::Lambda::Function", keep_concurrency)
    after("AWS::DynamoDB::Table", keep_time_to_live)
    make_saved_queries()
    import_bucket_policies()
    if os.environ["AUTH"] == "true":
        ask_for_sending()
    work_on_groups_at_once()
    read_whole_logs()
    refuse_second_text()
    fire_no_schedule()
    end_with_parent()
    from ministack.app import main

    sys.exit(main())
