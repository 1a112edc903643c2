"""Box diagrams of the study guide: pipelines, decisions and the ways that a request takes."""

from questions.bank.figures.boxes import boxes

# --- Data ------------------------------------------------------------------------------------------------------------

boxes(
    "data-lake",
    """
Raw zone\\nas it arrived | Clean zone\\nParquet | *Curated zone\\npartitions
~CSV, JSON, logs | ~types checked, duplicates removed | ~features, by date
AWS Glue Data Catalog | = | =
Athena | Redshift Spectrum | SageMaker AI
""",
    "a1>b1; b1>c1; a3>a4; a3>b4; a3>c4",
    drop=14,
)
boxes(
    "glue-catalog",
    """
Files in\\nAmazon S3 | *Glue crawler | Data Catalog
 | | ~tables, schema, partitions
Query in place: Athena, Glue, EMR, Spectrum | = | =
""",
    "a1>b1; b1>c1; c2>a3",
    gap=20,
)
boxes(
    "crawler-runs",
    """
New partition\\ndt=2026-11 | Crawler | Table in the catalog
Known layout | ALTER TABLE or\\npartition projection | =
""",
    "a1>b1; b1>c1; a2>b2",
    gap=28,
)
boxes(
    "athena-scan",
    """
SELECT avg(price)\\nWHERE dt = '2026-11-30' | =
Partitions: one of 365 days | Parquet: one of 40 columns
*Scanned, and paid: a small part | =
""",
    "a1>a2; a1>b2; a2>a3; b2>a3",
    gap=16,
)
boxes(
    "etl-choice",
    """
?Who writes the transformation? | = | =
An analyst,\\nwithout code | A few lines\\nof Spark | Own cluster,\\nany framework
*Data Wrangler, DataBrew | *AWS Glue\\njob | *Amazon EMR
~point and click | ~serverless | ~most control
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3",
    drop=22,
    gap=10,
)
boxes(
    "batch-or-stream",
    """
?How soon is the result needed? | =
Hours or a day | Seconds
*Batch: S3, Glue, scheduled | *Stream: Kinesis, Flink
~cheaper, simple to repeat | ~runs all the time
""",
    "a1>a2; a1>b2; a2>a3; b2>b3",
    drop=22,
)
boxes(
    "streams-or-firehose",
    """
Producers | =
*Data Streams: shards, kept 1-365 days | *Firehose: buffers, then delivers
Own consumers:\\nLambda, Flink, KCL | S3, Redshift, OpenSearch
~below a second, replay | ~no code, a minute later
""",
    "a1>a2; a1>b2; a2>a3; b2>b3; a2>b2",
    drop=24,
)
boxes(
    "firehose-transform",
    """
Records | *Firehose | Buffer: size or seconds
 | Lambda: change, drop | Parquet or ORC
 | Failed records:\\nS3 error prefix | *Amazon S3
""",
    "a1>b1; b1<>b2; b1>c1; c1>c2; c2>c3; b2>b3",
    gap=22,
)
boxes(
    "firehose-destinations",
    """
*Amazon Data Firehose | = | =
S3 | Redshift | OpenSearch
 | S3, then COPY | S3: failed\\nor all
""",
    "a1>a2; a1>b2; a1>c2; b2>b3; c2>c3",
)
boxes(
    "shards",
    """
Producers: hash of the partition key | = | =
*Shard 1 | *Shard 2 | *Shard 3
~each: in 1 MB or 1,000 records a second, out 2 MB a second | = | =
Shared:\\n2 MB/s for all | = | Enhanced fan-out:\\n2 MB/s each
""",
    "a1>a2; a1>b2; a1>c2; a3>a4; a3>c4",
    drop=18,
)
boxes(
    "stream-inference",
    """
Clicks | Kinesis Data Streams | Managed Flink: windows
 | Lambda: batch of records | Features
 | *Endpoint | Alerts
""",
    "a1>b1; b1>c1; b1>b2; b2>b3; c1>c2; b3>c3",
    gap=18,
)
boxes(
    "map-reduce",
    """
Block 1 | Block 2 | Block 3
map | map | map
shuffle: the same key to the same worker | = | =
reduce | = | reduce
~Spark keeps what lies between in memory | = | =
""",
    "a1>a2; b1>b2; c1>c2; a2>a3; b2>a3; c2>a3; a3>a4; a3>c4",
    drop=20,
)
boxes(
    "ingestion-steps",
    """
S3 event or schedule | =
*Step Functions, MWAA or Glue workflow | =
Glue job | Crawler
Data quality check | Retry, then alarm
Training or feature store | =
""",
    "a1>a2; a2>a3; a3>b3; a3>a4; a4>b4: fails; a4>a5: passes",
    drop=24,
    gap=40,
)
boxes(
    "storage-choice",
    """
?What reads the data, and how? | = | =
Objects, any size | Files of many instances | SQL over history
*Amazon S3 | *EFS, FSx for Lustre | *Amazon Redshift
~cheapest, for all jobs | ~many small files, fast | ~joins, dashboards
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3",
    drop=22,
    gap=10,
)
boxes(
    "redshift-ml",
    """
S3 files | *Redshift
~COPY loads, Spectrum reads in place | CREATE MODEL
SQL function predicts | SageMaker AI trains
""",
    "a1>b1; b1>b2; b2>b3; b3>a3",
    gap=40,
)
boxes(
    "sources",
    """
Databases | Applications | Devices, files
AWS DMS:\\nchange data | Kinesis, MSK | IoT Core, DataSync
*Amazon S3: the data lake | = | =
""",
    "a1>a2; b1>b2; c1>c2; a2>a3; b2>a3; c2>a3",
    gap=12,
)
boxes(
    "missing-causes",
    """
?Why is the value missing? | = | =
By chance | Known from other columns | Because of the value itself
Delete rows,\\nmedian | *k-NN, regression | *Flag as a column of its own
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3",
    gap=10,
)
boxes(
    "wrangler-flow",
    """
S3, Athena,\\nRedshift | *Data Wrangler\\nsample | Report, plots
 | Recipe of\\nsteps |
Feature Store | Processing job:\\nall rows | Pipeline step
""",
    "a1>b1; b1>c1; b1>b2; b2>b3; b2>a3; b2>c3",
    gap=20,
)
boxes(
    "labeling",
    """
Unlabeled data | =
?Model is sure? | =
Automatic\\nlabel | *People:\\ncrowd, vendor, own staff
 | Several answers, one label
Labeled data | =
""",
    "a1>a2; a2>a3: yes; a2>b3: no; b3>b4; a3>a5; b4>a5",
)
boxes(
    "feature-store",
    """
Batch job | Stream
*Feature group: record id, event time | =
Online store:\\nlatest value | Offline store:\\nhistory in S3
Endpoint:\\nmilliseconds | Training:\\nas of a time
""",
    "a1>a2; b1>a2; a2>a3; a2>b3; a3>a4; b3>b4",
)
boxes(
    "training-serving-skew",
    """
History | Transformation\\nin SQL | Training
Request | Transformation\\nin Java | Endpoint
~two programs drift apart | = | =
History | *One program,\\none artifact | Training
Request | *the same artifact | Endpoint
""",
    "a1>b1; b1>c1; a2>b2; b2>c2; a4>b4; b4>c4; a5>b5; b5>c5",
    drop=14,
    gap=20,
)

# --- Models ----------------------------------------------------------------------------------------------------------

boxes(
    "problem-framing",
    """
?Is there a label? | = | =
Number | Category | No label
*Regression | *Classification | *Clustering, anomalies
~How many? When? | ~Which one? Yes or no? | ~Groups, outliers
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3",
    drop=22,
    gap=8,
)
boxes(
    "supervised",
    """
Examples with labels | Examples without labels | Actions with rewards
*Supervised | *Unsupervised | *Reinforcement
predict a label | find groups or structure | learn a policy
""",
    "a1>a2; b1>b2; c1>c2; a2>a3; b2>b3; c2>c3",
    gap=8,
    drop=20,
)
boxes(
    "when-ml",
    """
Write the rules | ?Do fixed rules solve it?
Collect first | ?Is there enough data?
Keep people in charge | ?Is an error acceptable?
 | *Machine learning
""",
    "b1>a1: yes; b1>b2: no; b2>a2: no; b2>b3: yes; b3>a3: no; b3>b4: yes",
    gap=44,
)
boxes(
    "built-in-or-own",
    """
*AI service | ?Is there a service for the task?
*Built-in algorithm | ?Does a built-in algorithm fit?
*Script mode | ?A common framework?
~least work at the top | *Own container
""",
    "b1>a1: yes; b1>b2: no; b2>a2: yes; b2>b3: no; b3>a3: yes; b3>b4: no",
    gap=44,
)
boxes(
    "ai-services",
    """
~Text | Comprehend: entities, sentiment | Translate
~Speech | Transcribe: to text | Polly: to speech
~Documents | Textract: forms, tables | Kendra: search
~Images | Rekognition |
~Talk | Lex: intents |
~Choice | Personalize |
""",
    "",
    widths=(0.62, 1, 1),
    drop=8,
    gap=8,
)
boxes(
    "algorithm-choice",
    """
~Rows and columns | XGBoost | Linear Learner
~Text | BlazingText | seq2seq, LDA
~Images | Image Classification | Semantic Segmentation
~Pairs, clicks | Object2Vec | Factorization Machines
~Time series | DeepAR | Random Cut Forest
~No labels | k-means | PCA
""",
    "",
    widths=(0.7, 1, 1),
    drop=8,
    gap=8,
)
boxes(
    "seq2seq",
    """
The old house | *Encoder | *Decoder | Das alte Haus
~source | ~meaning as numbers | ~one token after another | ~target
""",
    "a1>b1; b1>c1; c1>d1",
    gap=16,
    drop=6,
)
boxes(
    "transfer-learning",
    """
Layers trained on\\nmillions of images | New last layer
~frozen, or trained slowly | ~trained on your images
*Few examples are enough | =
""",
    "a1>b1; a2>a3; b2>a3",
    gap=34,
    drop=8,
)
boxes(
    "sparse-pairs",
    """
~ | film 1 | film 2 | film 3 | film 4
~Ana | 5 | ~? | ~? | 2
~Ben | ~? | 4 | ~? | ~?
~Cem | 4 | ~? | *5? | ~?
~user vector × film vector = predicted rating | = | = | = | =
""",
    "",
    gap=6,
    drop=6,
)
boxes(
    "text-classification",
    """
Labeled text | *BlazingText\\nsupervised | Label
Plain text | *BlazingText\\nWord2Vec | Vector of each word
""",
    "a1>b1; b1>c1; a2>b2; b2>c2",
    gap=22,
    drop=14,
)
boxes(
    "object2vec",
    """
Left:\\na question | Right:\\nan answer
Encoder | Encoder
*Compare: label or rating | =
""",
    "a1>a2; b1>b2; a2>a3; b2>a3",
)
boxes(
    "unstructured-features",
    """
Text | Image | Audio
tokens, TF-IDF, embeddings | resize, network without its last layer | spectrogram
*A row of numbers | = | =
""",
    "a1>a2; b1>b2; c1>c2; a2>a3; b2>a3; c2>a3",
    gap=10,
)
boxes(
    "text-steps",
    """
The cats weren't running! | =
lower case, tokens | the cats were n't running
stop words | cats running
stemming | cat run
*TF-IDF or n-grams | 0.7 0.4 0 0 ...
""",
    "a1>a2; a2>b2; a2>a3; a3>b3; a3>a4; a4>b4; a4>a5; a5>b5",
    drop=16,
    gap=12,
)

# --- Training --------------------------------------------------------------------------------------------------------

boxes(
    "training-job",
    """
Image in\\nAmazon ECR | Data in S3 | Hyper-\\nparameters
*Training job: instances, role, network | = | =
CloudWatch\\nlogs, metrics | Checkpoints\\nin S3 | model.tar.gz\\nin S3
""",
    "a1>a2; b1>a2; c1>a2; a2>a3; a2>b3; a2>c3",
    gap=12,
)
boxes(
    "data-parallel",
    """
Batch 1 | Batch 2 | Batch 3
GPU 1:\\nwhole model | GPU 2:\\nwhole model | GPU 3:\\nwhole model
*AllReduce: mean of the gradients | = | =
""",
    "a1>a2; b1>b2; c1>c2; a2<>a3; b2<>a3; c2<>a3",
    gap=14,
)
boxes(
    "model-parallel",
    """
GPU 1:\\nlayers 1-8 | GPU 2:\\nlayers 9-16 | GPU 3:\\nlayers 17-24
~one model, too large for one GPU; activations move from GPU to GPU | = | =
""",
    "a1>b1; b1>c1",
    gap=30,
    drop=8,
)
boxes(
    "compute-choice",
    """
?What does the job wait for? | = | =
Matrix products | Trees, few rows | Reading data
*GPU:\\nP and G | *CPU:\\nC and M | *FastFile, FSx, Parquet
Too large for one: distribute | = | =
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3; a3>a4",
    drop=22,
    gap=10,
)
boxes(
    "rightsizing",
    """
?GPU utilization | = | =
20%, CPU full | 95% | GPU memory full
More CPU, faster input | *Right size | Smaller batch, larger GPU
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3",
    gap=10,
)
boxes(
    "tuning-job",
    """
Ranges, objective | *Tuning job | Best model
 | Training jobs:\\na few at a time |
 | Metric from the logs |
""",
    "a1>b1; b1>c1; b1<>b2; b2>b3",
)
boxes(
    "nested-tuning",
    """
Data | =
Training and validation | Test
5 folds for each setting | ~used once
*Best setting, trained on all of it | Estimate
""",
    "a1>a2; a1>b2; a2>a3; a3>a4; b2>b3; a4>b4",
    drop=20,
)
boxes(
    "container-layers",
    """
*Own image: your algorithm | =
/opt/ml/input, /opt/ml/model, train, serve | =
Framework image\\nPyTorch, TensorFlow | Script mode:\\nonly your script
Amazon ECR: scanned, tagged, private | =
""",
    "",
    drop=8,
    gap=8,
)
boxes(
    "offline-online",
    """
Offline: test set,\\nbacktest | Shadow:\\ncopies of requests | A/B test:\\nsome users
~no user sees it | ~no user sees it | ~business metric
""",
    "a1>b1; b1>c1",
    gap=22,
    drop=8,
)

# --- Deployment ------------------------------------------------------------------------------------------------------

boxes(
    "endpoint-types",
    """
*Batch transform | ?A request for each prediction?
*Asynchronous: up to 1 GB, 1 hour | ?Large payload, or minutes?
*Serverless: no idle cost | ?Pauses between requests?
 | *Real time: always ready
""",
    "b1>a1: no; b1>b2: yes; b2>a2: yes; b2>b3: no; b3>a3: yes; b3>b4: no",
    gap=44,
)
boxes(
    "inference-pipeline",
    """
~One endpoint, one instance: containers in a row | = | =
Scikit-learn:\\nencode, scale | XGBoost:\\npredict | Own code:\\nlabel
~fitted with the training data | ~same model in batch transform | ~up to 15 containers
""",
    "a2>b2; b2>c2",
    gap=22,
    drop=8,
)
boxes(
    "multi-model",
    """
Requests with TargetModel | =
*Multi-model endpoint: one container | =
In memory:\\nmodels 1, 7, 9 | In S3:\\n1,000 models
~rarely used: unloaded | ~first request: loaded
""",
    "a1>a2; a2>a3; b3>a3",
    drop=22,
    gap=36,
)
boxes(
    "variants",
    """
Requests | = | =
*Endpoint | = | =
90%\\nvariant A | 10%\\nvariant B | copy\\nshadow variant
Response | = | Logged only
""",
    "a1>a2; a2>a3; a2>b3; a2>c3; a3>a4; b3>a4; c3>c4",
    gap=14,
    drop=22,
)
boxes(
    "blue-green",
    """
Blue: old model\\n100% | 90% | 0%
Green: new model\\n0% | *10%: canary | *100%
~alarm during baking: back to blue | = | =
""",
    "a1>b1; b1>c1; a2>b2; b2>c2",
    gap=24,
    drop=10,
)
boxes(
    "pipeline-steps",
    """
Processing:\\nprepare | Tuning or\\ntraining | Processing:\\nevaluate
 | *Register\\nmodel | ?Condition:\\ngood enough?
 | | Fail step
""",
    "a1>b1; b1>c1; c1>c2; c2>b2: yes; c2>c3: no",
    gap=28,
)
boxes(
    "model-registry",
    """
Training job | *Model group:\\nversion 7 | Metrics,\\nlineage
 | ?Pending |
Rejected | | *Approved
 | | EventBridge:\\ndeploy
""",
    "a1>b1; c1>b1; b1>b2; b2>a3; b2>c3; c3>c4",
    gap=22,
    drop=22,
)
boxes(
    "retraining",
    """
Endpoint | Captured data,\\nlabels | Monitor
Deploy | *Pipeline:\\ntrain, compare | Alarm or\\nschedule
~the old model stays unless the new one is better | = | =
""",
    "a1>b1; b1>c1; c1>c2; c2>b2; b2>a2; a2>a1",
    gap=24,
)
boxes(
    "monitor-types",
    """
Captured requests and responses | = | Baseline of training
Data quality:\\nfeatures | *Model quality:\\nneeds labels | Bias, attribution
CloudWatch alarm | = | =
""",
    "a1>a2; a1>b2; c1>c2; a2>a3; b2>a3; c2>a3",
    gap=12,
    drop=22,
)
boxes(
    "batch-or-online-training",
    """
New data | =
Batch: all data, each night | Online: each record
Compare, then deploy | Weights change at once
~stable, a day old | ~fresh, can drift away
""",
    "a1>a2; a1>b2; a2>a3; b2>b3",
    drop=22,
)
boxes(
    "serving-path",
    """
Caller | API Gateway | Lambda | *Endpoint
~app, browser | ~keys, limits | ~shape the request | ~predict
""",
    "a1>b1; b1>c1; c1>d1",
    gap=16,
    drop=6,
)
boxes(
    "multi-az",
    """
Load balancing | =
Zone a:\\ninstance 1 | Zone b:\\ninstance 2
~one zone fails: the other one answers | =
Other Region: a copy of the model in S3 and ECR | =
""",
    "a1>a2; a1>b2",
    drop=12,
)
boxes(
    "quotas",
    """
Request: 40 GPU instances | =
?Quota of the account in this Region | =
*Service Quotas: ask for more | Another instance type or Region
""",
    "a1>a2; a2>a3; a2>b3",
)

# --- Security and operation ------------------------------------------------------------------------------------------

boxes(
    "iam-evaluation",
    """
Request: role, action, resource | =
Denied | ?Explicit deny in any policy?
Denied | ?Allowed by SCP, boundary, endpoint?
Denied | ?Allowed by identity or resource policy?
~in one account | *Allowed
""",
    "a1>b2; b2>a2: yes; b2>b3: no; b3>a3: no; b3>b4: yes; b4>a4: no; b4>b5: yes",
    gap=44,
    widths=(0.62, 1),
)
boxes(
    "bucket-policy",
    """
Request from a notebook | =
VPC endpoint policy | =
IAM policy of the role | Bucket policy: only aws:SourceVpce
KMS key policy | =
*Object | =
""",
    "a1>a2; a2>a3; a2>b3; a3>a4; b3>a4; a4>a5",
    drop=20,
)
boxes(
    "execution-role",
    """
User: iam:PassRole | *Execution role | Training job
 | S3 prefix, one KMS key | ECR, logs
""",
    "a1>b1; b1>c1; b1>b2; c1>c2",
    gap=22,
)
boxes(
    "vpc-endpoints",
    """
Private subnet:\\ntraining job, no internet | =
Gateway endpoint | Interface endpoint\\nsecurity group
*Amazon S3 | *SageMaker API,\\nECR, logs
~route table | ~private DNS name
""",
    "a1>a2; a1>b2; a2>a3; b2>b3",
    drop=22,
)
boxes(
    "envelope-encryption",
    """
AWS KMS key | =
Data key | Data key, encrypted
Encrypts the data | Stored with the data
*S3 object, EBS volume, model artifact | =
""",
    "a1>a2; a1>b2; a2>a3; b2>b3; a3>a4; b3>a4",
    drop=20,
)
boxes(
    "anonymization",
    """
Text, files | *Find: Macie, Comprehend, Glue | Personal data
?What is still needed? | = | =
Nothing:\\ndrop it | The format:\\nmask it | The person:\\ntoken
""",
    "a1>b1; b1>c1; c1>a2; a2>a3; a2>b3; a2>c3",
    gap=20,
)
boxes(
    "audit",
    """
Who called the API? | How does it run? | What do inputs look like?
*AWS CloudTrail | *CloudWatch metrics, logs | *Data capture, Model Monitor
~deleted, changed, by whom | ~latency, errors, alarms | ~drift, quality
""",
    "a1>a2; b1>b2; c1>c2",
    gap=10,
)
boxes(
    "alarm-path",
    """
Metric:\\ndrift, latency | *CloudWatch\\nalarm | SNS: people
 | EventBridge | Pipeline:\\nretrain
""",
    "a1>b1; b1>c1; b1>b2; b2>c2",
    gap=24,
)

# --- Generative AI ---------------------------------------------------------------------------------------------------

boxes(
    "rag",
    """
Documents | Chunks | Embeddings
Question | Embedding | *Vector store
Answer with sources | Foundation model | Top passages
""",
    "a1>b1; b1>c1; c1>c2; a2>b2; b2>c2; c2>c3; c3>b3; b3>a3",
    gap=22,
    drop=24,
)
boxes(
    "rag-patterns",
    """
?Which questions fail? | = | =
Codes, names | Totals, rows | Links, several steps
*Hybrid search | *Structured: SQL | *Graph, agent
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3",
    gap=10,
    drop=22,
)
boxes(
    "chunking",
    """
~Fixed size | 300 tokens | 300 tokens | 300 tokens
~Overlap | 300 | *60 shared | 300
~Semantic | one topic | = | another topic
~Hierarchy | *section: given to the model | = | =
~ | part: searched | part | part
""",
    "",
    gap=6,
    drop=8,
    widths=(0.95, 1, 1, 1),
)
boxes(
    "reranking",
    """
Question | Vector search:\\n50 passages | *Reranker:\\nreads both
 | Filter on metadata | Best 5
 |  | Model
""",
    "a1>b1; b1>c1; b1>b2; c1>c2; c2>c3",
    gap=22,
    drop=20,
)
boxes(
    "refreshing",
    """
Document changed | *Sync: only the changes | Some vectors
Document deleted | *Sync | Vectors removed
New embedding model | *New index | All vectors
""",
    "a1>b1; b1>c1; a2>b2; b2>c2; a3>b3; b3>c3",
    gap=20,
    drop=12,
)
boxes(
    "vector-store-choice",
    """
?What is there already? | = | =
PostgreSQL | Hybrid search, low latency | Very many, rarely asked
*Aurora pgvector | *OpenSearch | *S3 Vectors
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3",
    gap=10,
    drop=22,
)
boxes(
    "customization-ladder",
    """
~least work | Prompt, examples
~ | RAG: own facts
~ | Fine-tuning: style, format
~ | Continued pre-training: a field's language
~most work | Own model
""",
    "b1>b2; b2>b3; b3>b4; b4>b5",
    widths=(0.45, 1),
    drop=16,
)
boxes(
    "guardrails",
    """
User | *Input check:\\ntopics, attacks | Blocked message
 | Foundation model |
User | *Output check:\\ngrounding, personal data | Blocked message
""",
    "a1>b1; b1>c1; b1>b2; b2>b3; b3>a3; b3>c3",
    gap=24,
    widths=(0.6, 1.2, 0.9),
)
boxes(
    "agent-loop",
    """
Request | *Model plans the next step | Answer
Memory | ?Tool needed? | ~until it is done
Knowledge base | Lambda, API, MCP server | Log of each step
""",
    "a1>b1; b1>c1; b1<>b2; a2<>b2; b2>b3; b3>a3; b3>c3",
    gap=20,
)
boxes(
    "agent-memory",
    """
Session | *Short term:\\nlast turns | Context of the model
Past sessions | *Long term:\\nfacts, preferences | found by meaning
""",
    "a1>b1; b1>c1; a2>b2; b2>c2; c2>c1",
    gap=22,
)
boxes(
    "agent-release",
    """
Draft:\\nprompt, tools, model | Test set\\nof tasks | *Version 4,\\nfixed
~return: point the alias to version 3 | = | Alias:\\nproduction
""",
    "a1>b1; b1>c1; c1>c2",
    gap=22,
)
boxes(
    "judge",
    """
Answer and rubric | *Judge: another model | Score and reason
Sample of answers | People | ?Agreement?
""",
    "a1>b1; b1>c1; a1>a2; a2>b2; b2>c2; c1>c2",
    gap=20,
)
boxes(
    "text-metrics",
    """
~BLEU | same n-grams: share of the output | translation
~ROUGE | same n-grams: share of the reference | summary
~BERTScore | similar meaning of tokens | free wording
~Judge | follows a rubric | open answers
""",
    "",
    widths=(0.75, 1.3, 0.85),
    gap=8,
    drop=8,
)
boxes(
    "fm-deployment",
    """
?Which model, how much traffic? | = | =
Offered in Bedrock | Own weights | Full control
*On demand, batch, provisioned | *Custom Model Import | *JumpStart endpoint
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3",
    gap=8,
    drop=22,
)
boxes(
    "capacity-modes",
    """
~Batch | hours, half the price | many prompts
~On demand | pays by token | changing traffic
~Provisioned | pays by hour | steady, guaranteed
~Cross-Region | spreads peaks | throttling
""",
    "",
    widths=(0.85, 1.1, 1),
    gap=8,
    drop=8,
)
boxes(
    "model-import",
    """
Weights:\\nsafetensors | Amazon S3 | *Import job
~supported architecture | ~KMS, role | Bedrock API
""",
    "a1>b1; b1>c1; c1>c2",
    gap=24,
    drop=20,
)
boxes(
    "prompt-management",
    """
Draft | *Version 3:\\nprompt, model, settings | Application
Test cases | Compare variants | ~return: version 2
""",
    "a1>b1; b1>c1; a2>b2; b2>b1",
    gap=22,
)
boxes(
    "prompt-parts",
    """
Role and task | =
Context: passages, data | =
Examples: input, output | =
Format: JSON, length | =
*Question of the user | =
~fixed parts first: they can be cached | =
""",
    "",
    drop=6,
)
boxes(
    "prompt-injection",
    """
Web page:\\n'Ignore your rules' | Passages found | Model
~untrusted | *Filter, mark as data | *Few permissions, approval
""",
    "a1>b1; b1>c1; b2>b1; c2>c1",
    gap=20,
    drop=20,
)
boxes(
    "model-selection",
    """
Own prompts, 50-100 | = | =
Model A | Model B | Model C
quality, latency, price a token | = | =
*The cheapest that passes | = | =
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>a3; c2>a3; a3>a4",
    gap=12,
    drop=22,
)
boxes(
    "fine-tuning",
    """
Prompts with\\nbest answers | *Training:\\nLoRA adapters | Base model:\\nfrozen
Held-out set | Evaluate | Deploy
""",
    "a1>b1; c1>b1; b1>b2; a2>b2; b2>c2",
    gap=22,
)
boxes(
    "fm-monitoring",
    """
Invocation log | = | =
Tokens, cost | Latency, errors | Quality by a judge
*CloudWatch alarms, budget | = | =
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>a3; c2>a3",
    gap=10,
    drop=22,
)
boxes(
    "multimodal",
    """
Pictures | Audio, video | PDF
Rekognition, embeddings | Transcribe | Textract, parser
*One index: text, vectors, metadata | = | =
""",
    "a1>a2; b1>b2; c1>c2; a2>a3; b2>a3; c2>a3",
    gap=10,
    drop=22,
)

# --- Delivery of code ------------------------------------------------------------------------------------------------

boxes(
    "ci-cd",
    """
Commit | CodeBuild:\\ntests, image | Train, evaluate
Production:\\ncanary | Staging:\\nload test | *Registry:\\napproval
""",
    "a1>b1; b1>c1; c1>c2; c2>b2; b2>a2",
    gap=22,
)
boxes(
    "code-services",
    """
Connection:\\nsource | CodeBuild:\\nbuild, test | CodeDeploy:\\nrelease
*CodePipeline: order, approvals | = | =
""",
    "a1>b1; b1>c1; a2>a1; a2>b1; a2>c1",
    gap=18,
)
boxes(
    "branching",
    """
main | release 1 | release 2
feature branch | pull request:\\ntests, review | ~small, merged daily
""",
    "a1>b1; b1>c1; a1>a2; a2>b2; b2>b1",
    gap=24,
)
boxes(
    "iac",
    """
Template in Git: CloudFormation, CDK | =
Change set: review | =
Test stack | *Production: the same template
~drift detection finds changes made by hand | =
""",
    "a1>a2; a2>a3; a3>b3",
    gap=24,
)
boxes(
    "orchestrators",
    """
?What does the flow call? | = | =
SageMaker steps only | Many services, waits | Existing Airflow DAGs
*SageMaker Pipelines | *Step Functions | *Amazon MWAA
""",
    "a1>a2; a1>b2; a1>c2; a2>a3; b2>b3; c2>c3",
    gap=10,
    drop=22,
)
boxes(
    "pipeline-security",
    """
Code | Image | Deploy
secrets, dependencies | *ECR scan, signed | role for each stage
Secrets Manager, no keys in the repository | = | =
""",
    "a1>b1; b1>c1; a1>a2; b1>b2; c1>c2",
    gap=12,
    drop=20,
)
boxes(
    "event-retraining",
    """
S3: new data | EventBridge rule | *Pipeline starts
CloudWatch: drift alarm | EventBridge rule | *Pipeline starts
~limit how often it may start | = | =
""",
    "a1>b1; b1>c1; a2>b2; b2>c2",
    gap=20,
    drop=12,
)
boxes(
    "experiment-record",
    """
Commit | Data version | Image, seed
*Run: parameters, metrics, model | = | =
Anybody can repeat it | = | =
""",
    "a1>a2; b1>a2; c1>a2; a2>a3",
    gap=12,
    drop=22,
)
boxes(
    "residency",
    """
Region A | Region B
*Data, keys, model | -Not allowed:\\nSCP on Regions
~CloudTrail, Config rules, Artifact reports | =
""",
    "a1>a2; b1>b2",
    gap=12,
    drop=20,
)
