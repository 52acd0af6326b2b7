using OpenData.Server.Catalog;
using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>One document to write, and all that its writers need.</summary>
/// <param name="Dataset">Of which dataset.</param>
/// <param name="Publication">Its number and dates.</param>
/// <param name="TextBytes">About how long its text shall be.</param>
/// <param name="ImageBytes">About how large its pictures shall be, all together; 0 for none.</param>
/// <param name="Random">Of the edition.</param>
/// <param name="Folder">Where to.</param>
/// <param name="Page">An empty page to write on, used again for each file.</param>
internal sealed record SampleDocument(
    Dataset Dataset, Publication Publication, int TextBytes, int ImageBytes, SampleRandom Random, DeliveryFolder Folder, Utf8Text Page)
{
    /// <summary>Gives the page to a file and clears it for the next.</summary>
    public void Save(string name)
    {
        Folder.Write(name, Page);
        Page.Clear();
    }

    /// <summary>How many pictures share <see cref="ImageBytes"/>, and how large each is.</summary>
    public (int Count, int Bytes) Pictures(int most)
    {
        if (ImageBytes == 0)
        {
            return (0, 0);
        }
        int count = Math.Clamp(ImageBytes / 64_000, 1, most);
        return (count, ImageBytes / count);
    }
}
